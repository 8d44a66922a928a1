"""Key poses that push a drawer shut, or lower something into an open one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_learning.policy.articulation.doors import aimed, backed
from clap_learning.policy.articulation.leaf import Leaf

_TILT_RAD = np.radians(30.0)
_BEFORE_M = 0.07
_TIP_M = 0.018
"""From a handle to the TCP of closed fingers that touch it."""
_TRAVEL_M = 0.18
"""No drawer of a table stands farther open."""
_SLOW = 0.4

_HOOK_TILT_RAD = np.radians(38.0)
_HOOK_UP_M, _HOOK_ALONG_M = 0.020, 0.006
"""Where the TCP of hooking fingers is, seen from the bar: so far along the tool's x and z."""
_DRAWN_M = 0.13

_DROP_M = 0.066
"""Height of the TCP over a drawer's floor: opening fingers clear its walls and what lies in it."""
_FOOT_FREE_M = 0.008
"""What hangs far out of the hand is let go with its foot so high over the floor."""
_OVER_M = 0.10


def push_in(front: Leaf, keypoint_m: NDArray[np.float64]) -> tuple[KeyAction, ...]:
    """Push a handle in until the drawer stops.

    Args:
        front: of the drawer.
        keypoint_m: [3] of the handle.
    """
    into = np.array([*-front.outward, 0.0])
    pose = aimed(keypoint_m - _TIP_M * into, float(np.arctan2(into[1], into[0])), _TILT_RAD, 0.0)
    shut = pose.copy()
    shut[:3, 3] += _TRAVEL_M * into
    return (
        KeyAction(backed(pose, _BEFORE_M), Motion.JOINT, GripperCommand.OPEN, 0.0,
                  text="before the drawer, fingers closed"),
        KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text="to the handle"),
        KeyAction(shut, Motion.GUARDED, speed_scale=_SLOW, text="push until it is shut"),
    )  # fmt: skip


def hook_behind(front: Leaf, keypoint_m: NDArray[np.float64]) -> tuple[KeyAction, ...]:
    """Closed fingers go in behind a bar from above: it is too long to be taken by its ends.

    Args:
        front: of the drawer.
        keypoint_m: [3] of the handle.
    """
    yaw = float(np.arctan2(-front.outward[1], -front.outward[0]))
    pose = aimed(keypoint_m, yaw, _HOOK_TILT_RAD, 0.0)
    pose[:3, 3] += _HOOK_UP_M * pose[:3, 0] + _HOOK_ALONG_M * pose[:3, 2]
    return (
        KeyAction(backed(pose, _BEFORE_M), Motion.JOINT, GripperCommand.OPEN, 0.0,
                  text="before the handle, fingers closed"),
        KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text="hook in behind the handle"),
    )  # fmt: skip


def draw_out(base_T_tcp: NDArray[np.float64]) -> tuple[KeyAction, ...]:
    """Pull what the fingers hook behind straight out, which is where they came from."""
    ahead = base_T_tcp[:2, 2] / np.linalg.norm(base_T_tcp[:2, 2])
    out = base_T_tcp.copy()
    out[:2, 3] -= _DRAWN_M * ahead
    return (KeyAction(out, Motion.LINEAR, speed_scale=_SLOW, text="pull the drawer open"),)


def put_into(
    outward: NDArray[np.float64],
    keypoint_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64],
    tcp_p_foot: NDArray[np.float64],
) -> tuple[KeyAction, ...]:
    """Lower what is held over a place in an open drawer.

    The hand points down, its fingers along the drawer's front: so it clears the fronts above, and
    the wide side of the hand fits in between the walls.

    Args:
        outward: [2] unit vector out of the drawer's front, base frame.
        keypoint_m: [3] where the foot of what is held is to be.
        base_T_tcp: [4, 4] where the hand is.
        tcp_p_foot: [3] that foot, in the TCP's frame.
    """
    along = np.array([-outward[1], outward[0], 0.0])
    across = along if base_T_tcp[:3, 1] @ along > 0.0 else -along
    down = np.array([0.0, 0.0, -1.0])
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([np.cross(across, down), across, down])
    foot = pose[:3, :3] @ tcp_p_foot
    pose[:2, 3] = keypoint_m[:2] - foot[:2]
    pose[2, 3] = keypoint_m[2] + max(_DROP_M, _FOOT_FREE_M - foot[2])
    over = pose.copy()
    over[2, 3] += _OVER_M
    return (
        KeyAction(over, Motion.JOINT, text="over the drawer"),
        KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text="down into the drawer"),
    )
