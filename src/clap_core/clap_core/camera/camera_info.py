"""CameraInfo messages to intrinsics and back, for messages of rclpy and of bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.rectification import Rectification


def rectification_from_message(message: Any) -> Rectification:
    """The pinhole model of a camera, and how its images become those of a pinhole.

    Args:
        message: a sensor_msgs/msg/CameraInfo, of whatever library's class, of the images that the
            model is for as they come: with their distortion.

    Raises:
        ClapError: INVALID_REQUEST when it is not calibrated or its lens model is not known.
    """
    k = [float(value) for value in message.k]
    camera = CameraIntrinsics(message.width, message.height, k[0], k[4], k[2], k[5])
    return Rectification(camera, message.distortion_model, [float(value) for value in message.d])


def camera_info_fields(camera: CameraIntrinsics) -> dict[str, Any]:
    """The fields, without the header, of CameraInfo of a camera without distortion."""
    return {
        "width": camera.width,
        "height": camera.height,
        "distortion_model": "plumb_bob",
        "d": [0.0] * 5,
        "k": camera.matrix.ravel().tolist(),
        "r": np.eye(3).ravel().tolist(),
        "p": np.hstack([camera.matrix, np.zeros((3, 1))]).ravel().tolist(),
    }
