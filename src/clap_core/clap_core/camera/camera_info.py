"""CameraInfo messages to intrinsics and back, for messages of rclpy and of bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.errors import ClapError, ErrorCode

MAX_DISTORTION_PX = 1.0
"""Distortion that moves no pixel by more than this is left out of the model."""


def intrinsics_from_message(message: Any) -> CameraIntrinsics:
    """The pinhole model of a camera.

    Args:
        message: a sensor_msgs/msg/CameraInfo, of whatever library's class, of the image that the
            model is for.

    Raises:
        ClapError: INVALID_REQUEST when it is not calibrated or its image is clearly distorted.
    """
    k = [float(value) for value in message.k]
    d = np.asarray(message.d, dtype=np.float64)
    camera = CameraIntrinsics(message.width, message.height, k[0], k[4], k[2], k[5])
    shift = _largest_shift_px(camera, d)
    if not shift <= MAX_DISTORTION_PX:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the images of frame '{message.header.frame_id}' are distorted by up to {shift:.1f} "
            f"pixels ({message.distortion_model} {d.tolist()})",
            "Feed rectified images: run image_proc's rectify node between the camera and this one",
        )
    return camera


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


def _largest_shift_px(camera: CameraIntrinsics, d: np.ndarray) -> float:
    """How far Brown and Conrady's model with k1, k2, p1, p2, k3 moves a pixel at most.

    Looked at along the image's border and diagonals; other models have the same small terms, so
    as a measure of "none to speak of" it serves them as well.
    """
    if not d.any():
        return 0.0
    k1, k2, p1, p2, k3 = np.resize(np.append(d[:5], np.zeros(5)), 5)
    u, v = np.meshgrid(np.linspace(0, camera.width - 1, 9), np.linspace(0, camera.height - 1, 9))
    x, y = (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy
    r2 = x * x + y * y
    radial = r2 * (k1 + r2 * (k2 + r2 * k3))
    dx = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    dy = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return float(np.hypot(dx * camera.fx, dy * camera.fy).max())
