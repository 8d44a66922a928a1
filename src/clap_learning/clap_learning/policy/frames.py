"""Frames that key poses can be carried over in, from a demonstration to what is seen now."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert, make_transform, transform_points
from clap_learning.policy.demonstration import SubTaskStart
from clap_learning.policy.registration import CloudFit

Transform = NDArray[np.float64]

HALF_TURN = np.diag([-1.0, -1.0, 1.0, 1.0])
"""About the TCP's z axis: two fingers take the same grasp."""


class KeyPoseFrame(str, Enum):
    """What a key pose keeps its place to."""

    RADIAL = "radial"
    """The keypoint; x from the robot's axis to the keypoint, z up."""

    BASE = "base"
    """The keypoint, along the axes of the base frame."""

    LOOK = "look"
    """The thing at the keypoint, as it was registered."""

    WAY = "way"
    """The keypoint; x from where the hand starts to it, z up. What is pushed goes that way."""

    ONWARD = "onward"
    """The keypoint; x from it to the next sub-task's, z up. What will be pushed goes that way."""

    TOP = "top"
    """The top of what stands at the keypoint; for heights."""

    HAND = "hand"
    """The TCP at the start, with its orientation."""

    HAND_LEVEL = "hand_level"
    """The TCP at the start; x from the robot's axis to it, z up."""


def frame_pose(frame: KeyPoseFrame, state: SubTaskStart, fit: CloudFit | None) -> Transform:
    """[4, 4] base_T_frame.

    Args:
        frame: which.
        state: of the demonstration, or now.
        fit: how the demonstration lies on what is seen; None for the demonstration itself.
    """
    if frame is KeyPoseFrame.HAND:
        return state.base_T_tcp
    origin = state.base_T_tcp[:3, 3] if frame is KeyPoseFrame.HAND_LEVEL else state.keypoint_m
    if frame in (KeyPoseFrame.RADIAL, KeyPoseFrame.HAND_LEVEL):
        return upright(origin, radial_yaw(origin))
    if frame is KeyPoseFrame.LOOK and fit is not None:
        return upright(origin + fit.shift_m, fit.yaw_rad)
    if frame is KeyPoseFrame.WAY:
        return upright(origin, radial_yaw(origin - state.base_T_tcp[:3, 3]))
    if frame is KeyPoseFrame.ONWARD and state.next_m is not None:
        return upright(origin, radial_yaw(state.next_m - origin))
    if frame is KeyPoseFrame.TOP:
        origin = origin + np.array([0.0, 0.0, state.top_m])
    return upright(origin, 0.0)


def carried(
    frame: KeyPoseFrame, shown: SubTaskStart, now: SubTaskStart, fit: CloudFit
) -> Transform:
    """[4, 4] that takes poses of the demonstration to where they are now."""
    return np.asarray(frame_pose(frame, now, fit) @ invert(frame_pose(frame, shown, None)))


def expected_yaw(shown: SubTaskStart, now: SubTaskStart) -> float:
    """The turn between a demonstration and now, if a thing faces the robot alike in both."""
    return radial_yaw(now.keypoint_m) - radial_yaw(shown.keypoint_m)


def radial_yaw(point_m: NDArray[np.float64]) -> float:
    """Direction of a point from the robot's axis, or of a way; rad about the vertical."""
    return float(np.arctan2(point_m[1], point_m[0]))


def upright(origin_m: NDArray[np.float64], yaw_rad: float) -> Transform:
    """[4, 4] of a frame with z up."""
    return make_transform(origin_m, (0.0, 0.0, np.sin(0.5 * yaw_rad), np.cos(0.5 * yaw_rad)))


def held_point(state: SubTaskStart, base_T_tcp: Transform) -> NDArray[np.float64]:
    """[3] where the held thing's foot is when the TCP is at a pose; the TCP if nothing is held."""
    if state.tcp_p_held is None:
        return np.array(base_T_tcp[:3, 3])
    return transform_points(base_T_tcp, state.tcp_p_held)
