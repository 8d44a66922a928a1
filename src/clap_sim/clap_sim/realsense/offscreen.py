"""Rendering into memory: colour and depth of one picture in one pass."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray


class OffscreenRenderer:
    """MuJoCo's renderer for cameras of any size up to the model's offscreen buffer.

    `mujoco.Renderer` renders once more for depth; this one reads both buffers of one rendering,
    which halves the time. It belongs to the thread that made it.

    Args:
        model: the model.

    Attributes:
        near_m, far_m: clip planes of the depth buffer.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        view = model.vis.global_
        self.near_m = float(model.vis.map.znear * model.stat.extent)
        self.far_m = float(model.vis.map.zfar * model.stat.extent)
        self._gl = mujoco.GLContext(view.offwidth, view.offheight)
        self._gl.make_current()
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(model, maxgeom=2000)
        self._option = mujoco.MjvOption()
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._closed = False

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
        camera_id = self._model.camera(camera).id
        width, height = (int(size) for size in self._model.cam_resolution[camera_id])
        self._camera.fixedcamid = camera_id
        self._gl.make_current()
        mujoco.mjv_updateScene(
            self._model, data, self._option, None, self._camera,
            mujoco.mjtCatBit.mjCAT_ALL, self._scene,
        )  # fmt: skip
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        viewport = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(viewport, self._scene, self._context)
        rgb = np.empty((height, width, 3), dtype=np.uint8)
        window_depth = np.empty((height, width), dtype=np.float32) if depth else None
        mujoco.mjr_readPixels(rgb, window_depth, viewport, self._context)
        return np.ascontiguousarray(rgb[::-1]), window_depth

    def close(self) -> None:
        """Free the graphics context; call it in the thread that made the renderer."""
        if not self._closed:
            self._closed = True
            self._gl.make_current()
            self._context.free()
            self._gl.free()
