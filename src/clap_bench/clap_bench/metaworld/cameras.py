"""MetaWorld's own cameras as upright RGB-D views in the base frame, and the cloud they see.

MetaWorld's x is to the right of the robot and its y ahead of it; the base frame here, as anywhere
in the stack, has x ahead and y to the left, and its origin at the same place on the table's top.
"""

from __future__ import annotations

from math import radians
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.point_cloud import PointCloud
from clap_sim.realsense.depth_sensor import metric_depth
from clap_sim.realsense.offscreen import OffscreenRenderer

CAMERAS = ("corner", "corner4")
"""From the left and the right, in front: what the arm hides from one, the other sees."""

SIDE_PX = 192
"""Edge of their pictures: a pixel is 6 mm wide where the objects are."""

POINTS = 2048
"""Of a cloud; as many as CLAR's encoders look at."""

LOW_M = (0.35, -0.5, 0.004)
HIGH_M = (0.97, 0.5, 0.45)
"""What is kept of the cloud, in the base frame: neither table top nor background (as DP3 does,
without which its figures fall by a third), nor most of the arm; all that tasks use."""

_TABLE_BELOW_M, _TABLE_M, _TABLE_SHARE = 0.1, 0.004, 0.25
"""Tasks with a hole have a raised table: a layer that low and thin, of so many points, is one."""

_BASE_R_WORLD = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_OPTICAL = np.diag([1.0, -1.0, -1.0])
"""From OpenGL's camera axes (y up, z back) to optical ones (y down, z ahead)."""

_UPSIDE_DOWN = np.diag([-1.0, -1.0, 1.0])


def to_base(vector: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """[..., 3] positions or directions of MetaWorld's world in the base frame."""
    return np.asarray(vector, np.float64) @ _BASE_R_WORLD.T


def from_base(vector: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The other way."""
    return np.asarray(vector, np.float64) @ _BASE_R_WORLD


class StepCameras:
    """The cameras of one environment. They belong to the thread that made them.

    Args:
        model: MetaWorld's; its sizes of pictures are set, and its shadows switched off.

    Raises:
        ClapError: INTERNAL if this machine cannot render into memory.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        for name in CAMERAS:
            model.cam_resolution[model.camera(name).id] = (SIDE_PX, SIDE_PX)
        # Most of the time of a picture, and nothing that a cloud shows.
        model.vis.quality.shadowsize = 0
        model.vis.quality.offsamples = 0
        self._renderer = OffscreenRenderer(model)

    def views(self, data: mujoco.MjData) -> tuple[CameraView, ...]:
        """Colour and depth of each, turned upright where MetaWorld hangs the camera upside down."""
        return tuple(self._view(data, name) for name in CAMERAS)

    def close(self) -> None:
        """Free the renderer."""
        self._renderer.close()

    def _view(self, data: mujoco.MjData, name: str) -> CameraView:
        rgb, window = self._renderer.render(data, name)
        assert window is not None
        depth = np.empty_like(window)
        metric_depth(window, self._renderer.near_m, self._renderer.far_m, depth)
        depth[depth >= 0.999 * self._renderer.far_m] = 0.0
        world_R_gl = data.camera(name).xmat.reshape(3, 3)
        rotation = world_R_gl @ _OPTICAL
        if world_R_gl[2, 1] < 0.0:  # its picture's upward edge points down
            rotation = rotation @ _UPSIDE_DOWN
            rgb, depth = rgb[::-1, ::-1], depth[::-1, ::-1]
        base_T_camera = np.eye(4)
        base_T_camera[:3, :3] = _BASE_R_WORLD @ rotation
        base_T_camera[:3, 3] = to_base(data.camera(name).xpos)
        fovy = radians(float(self._model.cam_fovy[self._model.camera(name).id]))
        return CameraView(
            name,
            np.ascontiguousarray(depth),
            np.ascontiguousarray(rgb),
            CameraIntrinsics.from_field_of_view(SIDE_PX, SIDE_PX, fovy),
            base_T_camera,
            round(data.time * 1e9),
        )


def cloud_of(views: tuple[CameraView, ...]) -> PointCloud:
    """At most `POINTS` points of all views within `LOW_M` and `HIGH_M`, in the base frame.

    Spread evenly over what is seen, the same each time.
    """
    places, colours = [], []
    for view in views:
        points = _points(view)
        kept = ((points > LOW_M) & (points < HIGH_M)).all(axis=-1) & (view.depth > 0.0)
        places.append(points[kept].astype(np.float32))
        colours.append(view.rgb[kept])
    xyz: NDArray[np.float32] = np.concatenate(places)
    rgb: NDArray[np.uint8] = np.concatenate(colours)
    above = ~_on_raised_table(xyz[:, 2])
    xyz, rgb = xyz[above], rgb[above]
    if len(xyz) > POINTS:
        chosen = np.linspace(0, len(xyz) - 1, POINTS).round().astype(np.intp)
        xyz, rgb = xyz[chosen], rgb[chosen]
    return PointCloud(xyz, rgb, "base", views[0].stamp_ns)


def _on_raised_table(height_m: NDArray[np.float32]) -> NDArray[np.bool_]:
    """[N] whether a point belongs to such a table's top."""
    edges = np.arange(0.0, _TABLE_BELOW_M + 1e-9, 0.001)
    counts, _ = np.histogram(height_m, edges)
    most = int(counts.argmax())
    if counts[max(most - 1, 0) : most + 2].sum() < _TABLE_SHARE * len(height_m):
        return np.zeros(len(height_m), dtype=np.bool_)
    on_top: NDArray[np.bool_] = np.abs(height_m - (most + 0.5) * 0.001) < _TABLE_M / 2.0
    return on_top


def _points(view: CameraView) -> NDArray[np.float64]:
    """[H, W, 3] where each pixel's point is, base frame."""
    k = view.intrinsics
    u = (np.arange(k.width) - k.cx) / k.fx
    v = (np.arange(k.height) - k.cy) / k.fy
    rays = np.stack([*np.meshgrid(u, v), np.ones((k.height, k.width))], axis=-1)
    optical: NDArray[np.float64] = rays * view.depth[..., None]
    return optical @ view.base_T_camera[:3, :3].T + view.base_T_camera[:3, 3]
