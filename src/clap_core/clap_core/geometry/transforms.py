"""Homogeneous 4x4 transforms and x, y, z, w quaternions.

A transform ``a_T_b`` maps points given in frame b into frame a; its columns are b's axes and
origin seen from a. Lengths are in metres, angles in radians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Transform = NDArray[np.float64]

RIGID_TOLERANCE = 0.01
"""A matrix further off orthonormal than rounding errors explain is not a rotation."""

_EXACT = 1e-9


def make_transform(
    position: ArrayLike = (0.0, 0.0, 0.0), quaternion: ArrayLike = (0.0, 0.0, 0.0, 1.0)
) -> Transform:
    """Make a transform from a position and a quaternion.

    Args:
        position: [3] origin of the child in the parent, metres.
        quaternion: [4] x, y, z, w; normalised here.

    Raises:
        ValueError: the quaternion has length zero.
    """
    transform = np.eye(4)
    transform[:3, :3] = Rotation.from_quat(quaternion).as_matrix()
    transform[:3, 3] = position
    return transform


def quaternion_xyzw(transform: Transform) -> NDArray[np.float64]:
    """The rotation of a [4, 4] transform as a unit quaternion [4] x, y, z, w with w >= 0."""
    return np.asarray(Rotation.from_matrix(transform[:3, :3]).as_quat(canonical=True))


def invert(transform: Transform) -> Transform:
    """``a_T_b`` to ``b_T_a``, using that the rotation is orthonormal."""
    inverse = np.eye(4)
    inverse[:3, :3] = transform[:3, :3].T
    inverse[:3, 3] = -transform[:3, :3].T @ transform[:3, 3]
    return inverse


def transform_points(a_T_b: Transform, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Points [..., 3] given in frame b, seen from frame a."""
    return points @ a_T_b[:3, :3].T + a_T_b[:3, 3]


def rotation_distance(first: Transform, second: Transform) -> float:
    """Angle of the rotation that leads from one transform to the other, 0..pi radians."""
    relative = Rotation.from_matrix(first[:3, :3].T @ second[:3, :3])
    return float(relative.magnitude())


def interpolate(start: Transform, end: Transform, fraction: float) -> Transform:
    """A transform between two: straight line in position, constant axis in rotation (slerp).

    Args:
        start: [4, 4], at fraction 0.
        end: [4, 4], at fraction 1.
        fraction: 0..1 of the way.
    """
    turn = Rotation.from_matrix(start[:3, :3].T @ end[:3, :3]).as_rotvec()
    transform = np.eye(4)
    transform[:3, :3] = start[:3, :3] @ Rotation.from_rotvec(fraction * turn).as_matrix()
    transform[:3, 3] = (1.0 - fraction) * start[:3, 3] + fraction * end[:3, 3]
    return transform


def tool_down(position: ArrayLike, yaw: float = 0.0) -> Transform:
    """A TCP pose that points straight down.

    At yaw 0 the TCP's x axis is the base's x axis and the fingers open along the base's y axis,
    as in the robot's home posture. A parallel gripper grasps the same at ``yaw`` and at
    ``yaw + pi``.

    Args:
        position: [3] of the TCP in the base frame, metres.
        yaw: of the TCP's x axis about the base's z axis, radians.

    Returns:
        base_T_tcp: [4, 4].
    """
    c, s = np.cos(yaw), np.sin(yaw)
    transform = np.eye(4)
    transform[:3, :3] = [[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]]
    transform[:3, 3] = position
    return transform


def tool_yaw(base_T_tcp: Transform) -> float:
    """Yaw of the TCP's x axis about the base's z axis, -pi..pi; undoes ``tool_down``."""
    return float(np.arctan2(base_T_tcp[1, 0], base_T_tcp[0, 0]))


def nearest_rigid(transform: NDArray[np.floating]) -> Transform:
    """The rigid transform nearest to one with rounding errors.

    Args:
        transform: [4, 4]; its rotation may be off by `RIGID_TOLERANCE`.

    Raises:
        ValueError: it is not of that form, says what is wrong.
    """
    matrix = np.asarray(transform, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise ValueError(f"has the shape {matrix.shape} instead of (4, 4)")
    if not np.isfinite(matrix).all():
        raise ValueError("has a number that is not finite")
    rotation = matrix[:3, :3]
    error = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
    if max(error, float(np.abs(matrix[3] - (0.0, 0.0, 0.0, 1.0)).max())) > RIGID_TOLERANCE:
        raise ValueError(f"is not rigid: its rotation is {error:.2g} off orthonormal")
    if np.linalg.det(rotation) < 0.0:
        raise ValueError("is a reflection")
    if error < _EXACT:
        return matrix
    left, _, right = np.linalg.svd(rotation)
    rigid = np.eye(4)
    rigid[:3, :3] = left @ right
    rigid[:3, 3] = matrix[:3, 3]
    return rigid
