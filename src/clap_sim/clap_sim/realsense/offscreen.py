"""Rendering into memory: colour and depth of one picture in one pass."""

from __future__ import annotations

import atexit
import os
import threading
import weakref

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

_kept = threading.local()
"""Each thread's graphics context. It outlives the renderers: a new one compiles its shaders again,
which takes longer than rendering an episode."""


class OffscreenRenderer:
    """MuJoCo's renderer for cameras of any size up to the model's offscreen buffer.

    `mujoco.Renderer` renders once more for depth; this one reads both buffers of one rendering,
    which halves the time. It belongs to the thread that made it.

    Args:
        model: the model.

    Attributes:
        near_m, far_m: clip planes of the depth buffer.

    Raises:
        ClapError: INTERNAL if this machine cannot render into memory.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        view = model.vis.global_
        self.near_m = float(model.vis.map.znear * model.stat.extent)
        self.far_m = float(model.vis.map.zfar * model.stat.extent)
        try:
            self._gl = _graphics(view.offwidth, view.offheight)
            self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except Exception as error:  # each of OpenGL's platforms fails in its own way
            backend = os.environ.get("MUJOCO_GL", "not set")
            raise ClapError(
                ErrorCode.INTERNAL,
                f"the cameras cannot render without a screen (MUJOCO_GL is {backend}): {error}",
                "Install libegl1 and libgl1-mesa-dri and set MUJOCO_GL=egl, or libosmesa6 and "
                "MUJOCO_GL=osmesa",
            ) from error
        # Freed at the latest when the program ends. Being registered after MuJoCo's own exit
        # function, this runs before it, while the display is still open.
        self._free = weakref.finalize(self, _free, self._gl, self._context)
        self._free.atexit = False
        atexit.register(self._free)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(model, maxgeom=2000)
        self._option = mujoco.MjvOption()
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED

    def render(
        self, data: mujoco.MjData, camera: str, *, depth: bool = True, shadows: bool = False
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
        """Picture of a camera at the size its model says.

        Args:
            data: the state; kinematics must be up to date.
            camera: its name.
            depth: also read the depth buffer.
            shadows: draw shadows.

        Returns:
            [H, W, 3] RGB, highest row first, and the [H, W] reversed depth buffer (1 near, 0 far),
            lowest row first, or None.
        """
        viewport = self._aim(data, camera)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        mujoco.mjr_render(viewport, self._scene, self._context)
        rgb = np.empty((viewport.height, viewport.width, 3), dtype=np.uint8)
        window_depth = (
            np.empty((viewport.height, viewport.width), dtype=np.float32) if depth else None
        )
        mujoco.mjr_readPixels(rgb, window_depth, viewport, self._context)
        return np.ascontiguousarray(rgb[::-1]), window_depth

    def segment(self, data: mujoco.MjData, camera: str) -> NDArray[np.int32]:
        """[H, W] number of the geom that each pixel of a camera's picture shows, -1 for none,
        highest row first. Kinematics must be up to date."""
        viewport = self._aim(data, camera)
        flags = self._scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = True
        mujoco.mjr_render(viewport, self._scene, self._context)
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = False
        rgb = np.empty((viewport.height, viewport.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(rgb, None, viewport, self._context)
        # Colours count the drawn things from 1; each says which object of the model it is.
        drawn = rgb[::-1].astype(np.int32) @ np.array([1, 1 << 8, 1 << 16], dtype=np.int32)
        shown = self._scene.geoms[: self._scene.ngeom]
        geoms = np.full(len(shown) + 1, -1, dtype=np.int32)
        for item in shown:
            if item.objtype == mujoco.mjtObj.mjOBJ_GEOM and item.segid >= 0:
                geoms[item.segid + 1] = item.objid
        return geoms[np.minimum(drawn, len(shown))]

    def _aim(self, data: mujoco.MjData, camera: str) -> mujoco.MjrRect:
        """Make this renderer the current one, show it the scene; returns the picture's area."""
        camera_id = self._model.camera(camera).id
        width, height = (int(size) for size in self._model.cam_resolution[camera_id])
        self._camera.fixedcamid = camera_id
        self._gl.make_current()
        # Other renderers may have drawn into theirs meanwhile.
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        mujoco.mjv_updateScene(
            self._model, data, self._option, None, self._camera,
            mujoco.mjtCatBit.mjCAT_ALL, self._scene,
        )  # fmt: skip
        return mujoco.MjrRect(0, 0, width, height)

    def close(self) -> None:
        """Free what is drawn with; call it in the thread that made the renderer."""
        self._free()


def _graphics(width: int, height: int) -> mujoco.GLContext:
    """The thread's graphics context, made current."""
    gl = getattr(_kept, "gl", None)
    if gl is None:
        gl = _kept.gl = mujoco.GLContext(width, height)
        atexit.register(gl.free)
    gl.make_current()
    return gl


def _free(gl: mujoco.GLContext, context: mujoco.MjrContext) -> None:
    gl.make_current()
    context.free()
