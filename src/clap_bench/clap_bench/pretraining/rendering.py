"""Looks at a world from anywhere: colour, exact depth and labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_bench.pretraining.labels import Labels
from clap_core.camera import CameraIntrinsics, CameraView
from clap_data.episodes.images import depth_in_millimetres
from clap_sim.realsense.depth_sensor import metric_depth
from clap_sim.realsense.offscreen import OffscreenRenderer
from clap_sim.world import World
from clap_sim.world.cameras import OPTICAL_FROM_MUJOCO, SPECTATOR

_FARTHEST_M = 10.0
"""Beyond are only the sky and the floor's far end: no reading."""


class SceneCamera:
    """One camera that is put wherever a view is wanted: the spectator's, which nobody sees.

    Belongs to the thread that makes it.

    Args:
        world: what is seen.
        size_px: of its square pictures.

    Raises:
        ClapError: INTERNAL if this machine cannot render into memory.
    """

    def __init__(self, world: World, size_px: int) -> None:
        self._world = world
        self._camera = world.model.camera(SPECTATOR.name).id
        world.model.cam_resolution[self._camera] = (size_px, size_px)
        world.model.vis.global_.offwidth = world.model.vis.global_.offheight = size_px
        self._renderer = OffscreenRenderer(world.model)
        self.labels = Labels(world)

    def look(
        self, name: str, intrinsics: CameraIntrinsics, base_T_camera: NDArray[np.float64]
    ) -> tuple[CameraView, NDArray[np.uint8]]:
        """Take a picture; kinematics must be up to date.

        Args:
            name: of the view.
            intrinsics: of a camera that looks through the middle of its square picture.
            base_T_camera: [4, 4] pose of its optical frame.

        Returns:
            The view with depth in mm (0 beyond 10 m) and the [H, W] labels.
        """
        model, data = self._world.model, self._world.data
        half = 0.5 * intrinsics.height / intrinsics.fy
        model.cam_fovy[self._camera] = np.degrees(2.0 * np.arctan(half))
        data.cam_xpos[self._camera] = base_T_camera[:3, 3]
        data.cam_xmat[self._camera] = (base_T_camera[:3, :3] @ OPTICAL_FROM_MUJOCO).ravel()
        rgb, window = self._renderer.render(data, SPECTATOR.name)
        assert window is not None
        depth_m = np.empty_like(window)
        metric_depth(window, self._renderer.near_m, self._renderer.far_m, depth_m)
        depth_m[depth_m > _FARTHEST_M] = 0.0
        labels = self.labels.image(self._renderer.segment(data, SPECTATOR.name))
        view = CameraView(name, depth_in_millimetres(depth_m), rgb, intrinsics, base_T_camera)
        return view, labels

    def close(self) -> None:
        """Free the renderer."""
        self._renderer.close()
