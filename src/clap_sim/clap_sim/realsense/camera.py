"""The simulated RGB-D cameras of a world, without ROS."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics
from clap_sim.realsense.config import DepthConfig
from clap_sim.realsense.depth_sensor import DepthSensor
from clap_sim.realsense.offscreen import OffscreenRenderer
from clap_sim.world.cameras import RGBD_CAMERAS, SPECTATOR, Mount


@dataclass(frozen=True)
class RgbdImage:
    """What an RGB-D camera gives.

    Attributes:
        color: [H, W, 3] uint8 RGB.
        depth_mm: [H, W] uint16 depth along the optical axis, pixel by pixel that of `color`;
            0 is no reading.
    """

    color: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16]

    @property
    def aligned_depth_mm(self) -> NDArray[np.uint16]:
        """The depth itself: both sensors are in one place."""
        return self.depth_mm


class CameraRig:
    """All cameras of a world, behind one renderer.

    Belongs to the thread that makes it: graphics contexts do not move.

    Args:
        model: with the cameras and the spectator's.
        depth: effects of the depth sensors.
        cameras: the RGB-D cameras.

    Attributes:
        intrinsics: of each camera, by name.

    Raises:
        ClapError: INTERNAL if this machine cannot render into memory.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        depth: DepthConfig,
        cameras: tuple[Mount, ...] = RGBD_CAMERAS,
    ) -> None:
        self._renderer = OffscreenRenderer(model)
        self.intrinsics: dict[str, CameraIntrinsics] = {
            mount.name: CameraIntrinsics.from_field_of_view(
                mount.width, mount.height, float(np.radians(mount.fovy_deg))
            )
            for mount in (*cameras, SPECTATOR)
        }
        self._sensors = {
            mount.name: DepthSensor(
                self.intrinsics[mount.name],
                depth,
                self._renderer.near_m,
                self._renderer.far_m,
                stream,
            )
            for stream, mount in enumerate(cameras)
        }

    def capture(self, data: mujoco.MjData, name: str) -> RgbdImage:
        """Colour and depth of an RGB-D camera; successive calls have successive noise."""
        color, window_depth = self._renderer.render(data, name)
        assert window_depth is not None
        return RgbdImage(color, self._sensors[name].measure(window_depth))

    def spectate(self, data: mujoco.MjData, *, shadows: bool = True) -> NDArray[np.uint8]:
        """[H, W, 3] RGB picture of the spectator's camera."""
        return self._renderer.render(data, SPECTATOR.name, depth=False, shadows=shadows)[0]

    def close(self) -> None:
        """Free the renderer; the rig is of no use afterwards."""
        self._renderer.close()
