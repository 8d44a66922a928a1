"""Key poses that push a drawer shut, by what its front looks like."""

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
