"""From pixels with depth to points, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.intrinsics import CameraIntrinsics

MILLIMETRES_PER_METRE = 1000.0


def depth_in_metres(depth: NDArray[np.uint16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """[H, W] depth as float32 metres, whichever of REP-118's two encodings it has.

    Args:
        depth: uint16 millimetres or float32 metres.
    """
    metres = depth.astype(np.float32, copy=False)
    return metres / np.float32(MILLIMETRES_PER_METRE) if depth.dtype == np.uint16 else metres


def back_project(
    pixels: NDArray[np.floating] | NDArray[np.integer],
    depth_m: NDArray[np.floating],
    intrinsics: CameraIntrinsics,
) -> NDArray[np.float64]:
    """Points in the optical frame.

    Args:
        pixels: [N, 2] column and row.
        depth_m: [N] distances along the optical axis, metres.
        intrinsics: of the camera.

    Returns:
        [N, 3] points in the camera's optical frame, metres.
    """
    uv = np.asarray(pixels, dtype=np.float64)
    z = np.asarray(depth_m, dtype=np.float64)
    x = (uv[:, 0] - intrinsics.cx) / intrinsics.fx * z
    y = (uv[:, 1] - intrinsics.cy) / intrinsics.fy * z
    return np.stack([x, y, z], axis=1)


def project(
    points_base: NDArray[np.floating],
    intrinsics: CameraIntrinsics,
    base_T_camera: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Where points of the base frame appear in an image.

    Args:
        points_base: [N, 3] points in the base frame, metres.
        intrinsics: of the camera.
        base_T_camera: [4, 4] pose of the optical frame in the base frame.

    Returns:
        [N, 2] column and row (NaN for points not in front of the camera), [N] depth along the
        optical axis in metres, and [N] whether the point falls inside the image.
    """
    rotation, origin = base_T_camera[:3, :3], base_T_camera[:3, 3]
    # rotation.T @ (p - t) for row vectors.
    points = (np.asarray(points_base, dtype=np.float64) - origin) @ rotation
    depth = points[:, 2]
    in_front = depth > 0.0
    safe = np.where(in_front, depth, np.nan)
    u = intrinsics.fx * points[:, 0] / safe + intrinsics.cx
    v = intrinsics.fy * points[:, 1] / safe + intrinsics.cy
    # A pixel covers half a pixel to each side of its whole-numbered centre.
    inside = (
        in_front
        & (u >= -0.5)
        & (u < intrinsics.width - 0.5)
        & (v >= -0.5)
        & (v < intrinsics.height - 0.5)
    )
    return np.stack([u, v], axis=1), depth, inside
