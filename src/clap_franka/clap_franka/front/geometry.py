"""Poses, wrenches and twists as messages, filled in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def quaternion_xyzw(rotation: FloatArray) -> tuple[float, float, float, float]:
    """Quaternion of a [3, 3] rotation (Shepperd's method: the largest component first)."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation.tolist()
    trace = xx + yy + zz
    if trace > max(xx, yy, zz):
        s = 2.0 * math.sqrt(1.0 + trace)
        return (zy - yz) / s, (xz - zx) / s, (yx - xy) / s, 0.25 * s
    if xx >= yy and xx >= zz:
        s = 2.0 * math.sqrt(1.0 + xx - yy - zz)
        return 0.25 * s, (xy + yx) / s, (xz + zx) / s, (zy - yz) / s
    if yy >= zz:
        s = 2.0 * math.sqrt(1.0 + yy - xx - zz)
        return (xy + yx) / s, 0.25 * s, (yz + zy) / s, (xz - zx) / s
    s = 2.0 * math.sqrt(1.0 + zz - xx - yy)
    return (xz + zx) / s, (yz + zy) / s, 0.25 * s, (yx - xy) / s


def set_pose(message: Any, transform: FloatArray) -> None:
    """Write a [4, 4] transform into a ``geometry_msgs/Pose``."""
    set_xyz(message.position, transform[:3, 3])
    set_quaternion(message.orientation, transform[:3, :3])


def set_transform(message: Any, transform: FloatArray) -> None:
    """Write a [4, 4] transform into a ``geometry_msgs/Transform``."""
    set_xyz(message.translation, transform[:3, 3])
    set_quaternion(message.rotation, transform[:3, :3])


def set_quaternion(message: Any, rotation: FloatArray) -> None:
    """Write a [3, 3] rotation into a ``geometry_msgs/Quaternion``."""
    message.x, message.y, message.z, message.w = quaternion_xyzw(rotation)


def set_xyz(message: Any, values: FloatArray) -> None:
    """Write [3] numbers into a message with x, y and z."""
    message.x, message.y, message.z = values.tolist()


def set_wrench(message: Any, wrench: FloatArray) -> None:
    """Write [6] force and torque into a ``geometry_msgs/Wrench``."""
    set_xyz(message.force, wrench[:3])
    set_xyz(message.torque, wrench[3:])


def set_twist(message: Any, twist: FloatArray) -> None:
    """Write [6] linear and angular velocity into a ``geometry_msgs/Twist`` or ``Accel``."""
    set_xyz(message.linear, twist[:3])
    set_xyz(message.angular, twist[3:])
