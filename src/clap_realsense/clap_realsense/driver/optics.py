"""Intrinsics and extrinsics of librealsense in the terms of ROS."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyrealsense2 as rs

from clap_core.camera import CameraIntrinsics
from clap_core.camera.camera_info import camera_info_fields
from clap_core.camera.realsense import LINK_T_OPTICAL
from clap_core.geometry.transforms import Transform, invert

_MODELS = {
    rs.distortion.none: "plumb_bob",
    rs.distortion.brown_conrady: "plumb_bob",
    rs.distortion.modified_brown_conrady: "plumb_bob",
    rs.distortion.inverse_brown_conrady: "plumb_bob",
    rs.distortion.kannala_brandt4: "equidistant",
}
"""Names as realsense-ros gives them."""


def info_fields(profile: rs.video_stream_profile) -> dict[str, Any]:
    """The fields of CameraInfo, without the header, of a stream."""
    optics = profile.get_intrinsics()
    camera = CameraIntrinsics(
        optics.width, optics.height, optics.fx, optics.fy, optics.ppx, optics.ppy
    )
    return {
        **camera_info_fields(camera),
        "distortion_model": _MODELS.get(optics.model, str(optics.model)),
        "d": [float(value) for value in optics.coeffs],
    }


def link_T_color(depth: rs.video_stream_profile, color: rs.video_stream_profile) -> Transform:
    """[4, 4] pose of the colour sensor's frame (x forward) in the camera's link, metres."""
    told = color.get_extrinsics_to(depth)
    depth_T_color = np.eye(4)
    # librealsense writes matrices column by column.
    depth_T_color[:3, :3] = np.reshape(told.rotation, (3, 3)).T
    depth_T_color[:3, 3] = told.translation
    return LINK_T_OPTICAL @ depth_T_color @ invert(LINK_T_OPTICAL)
