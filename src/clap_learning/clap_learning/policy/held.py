"""How a thing is held, as it travels from one sub-task to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import tool_yaw
from clap_core.task_types import HeldObject, Keypoint, SubTask
from clap_learning.policy.registration import turned

_HAS_YAW = 0.3
"""A hand whose x axis is less level than this has no yaw."""


def held_at(base_T_tcp: NDArray[np.float64], subtask: SubTask, keypoint: Keypoint) -> HeldObject:
    """What is held after the fingers have closed at a pose, on what the keypoint belongs to.

    Args:
        base_T_tcp: [4, 4] where they close.
        subtask: the grasp.
        keypoint: the foot of what is grasped.
    """
    to_foot = keypoint.point - base_T_tcp[:3, 3]
    to_center = to_foot + np.array([0.0, 0.0, 0.5 * keypoint.size[2]])
    return HeldObject(
        subtask.object or keypoint.label,
        tcp_above_bottom_m=-float(to_foot[2]),
        radius_m=0.25 * float(keypoint.size[0] + keypoint.size[1]),
        tcp_to_center_m=to_center,
        tcp_yaw_rad=tool_yaw(base_T_tcp),
    )


def tcp_p_foot(held: HeldObject, base_T_tcp: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3] the held thing's foot in the TCP's frame.

    Args:
        held: as it was grasped; only the yaw of the hand is known of that moment.
        base_T_tcp: [4, 4] the hand now, taken to have been turned about the vertical alone since
            then.
    """
    to_foot = np.array([*held.tcp_to_center_m[:2], -held.tcp_above_bottom_m])
    if np.hypot(*base_T_tcp[:2, 0]) > _HAS_YAW:
        to_foot = turned(to_foot, tool_yaw(base_T_tcp) - held.tcp_yaw_rad)
    return np.asarray(base_T_tcp[:3, :3].T @ to_foot)
