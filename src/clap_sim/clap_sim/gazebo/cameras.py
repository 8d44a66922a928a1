"""The RGB-D cameras as Gazebo's sensors, under the names that the bridge turns into RealSense's."""

from __future__ import annotations

import math

from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame
from clap_core.camera.stereo import DepthConfig
from clap_core.geometry.transforms import invert
from clap_sim.gazebo.sdf import Element, add, add_pose, root
from clap_sim.world.cameras import RGBD_CAMERAS, STAND, Mount

STAND_CAMERAS = tuple(mount for mount in RGBD_CAMERAS if mount.body == STAND)
"""Those around the table. One on the hand would have to be a part of the robot's description."""

NEAR_M, FAR_M = 0.05, 12.0
"""Where colour ends."""


def camera_topic(name: str) -> str:
    """Below which Gazebo publishes a camera: ``/image``, ``/depth_image``, ``/camera_info``."""
    return f"camera/{name}"


def camera_model(mount: Mount, rate_hz: float) -> Element:
    """A camera in the air: what it stands on is a part of the room.

    Gazebo's cameras look along x of their link with z up, as RealSense's link frame does; the
    images say the optical frame.

    Args:
        mount: where it is, and its optics.
        rate_hz: of its pictures.
    """
    file = root()
    model = add(file, "model", name=f"camera_{mount.name}")
    add(model, "static", True)
    add_pose(model, mount.parent_T_optical() @ invert(LINK_T_OPTICAL))
    link = add(model, "link", name="link")
    sensor = add(link, "sensor", name=mount.name, type="rgbd_camera")
    add(sensor, "always_on", True)
    add(sensor, "update_rate", rate_hz)
    add(sensor, "topic", camera_topic(mount.name))
    camera = add(sensor, "camera")
    add(camera, "horizontal_fov", 2.0 * math.atan(0.5 * mount.width / mount.focal_px))
    image = add(camera, "image")
    add(image, "width", mount.width)
    add(image, "height", mount.height)
    add(image, "format", "R8G8B8")
    clip = add(camera, "clip")
    add(clip, "near", NEAR_M)
    add(clip, "far", FAR_M)
    depth_clip = add(add(camera, "depth_camera"), "clip")
    depth = DepthConfig()
    add(depth_clip, "near", depth.min_range_m)
    add(depth_clip, "far", depth.max_range_m)
    add(camera, "optical_frame_id", color_frame(mount.name))
    return file
