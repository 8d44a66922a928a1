"""Rigid transforms: the few functions on 4x4 matrices that the stack shares."""

from clap_core.geometry.transforms import (
    interpolate,
    invert,
    make_transform,
    nearest_rigid,
    quaternion_xyzw,
    rotation_distance,
    tool_down,
    tool_yaw,
    transform_points,
)

__all__ = [
    "interpolate",
    "invert",
    "make_transform",
    "nearest_rigid",
    "quaternion_xyzw",
    "rotation_distance",
    "tool_down",
    "tool_yaw",
    "transform_points",
]
