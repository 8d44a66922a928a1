"""Key actions that several skills share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion

Transform = NDArray[np.float64]


def raised(base_T_tcp: Transform, by_m: float) -> Transform:
    """The pose straight above another."""
    pose = base_T_tcp.copy()
    pose[2, 3] += by_m
    return pose


def shifted(base_T_tcp: Transform, by_m: NDArray[np.float64]) -> Transform:
    """The pose moved by a vector [3] of the base frame."""
    pose = base_T_tcp.copy()
    pose[:3, 3] += by_m
    return pose


def free(pose: Transform, text: str) -> KeyAction:
    """Free motion."""
    return KeyAction(pose, Motion.JOINT, text=text)


def linear(pose: Transform, speed: float, text: str) -> KeyAction:
    """Straight motion."""
    return KeyAction(pose, Motion.LINEAR, speed_scale=speed, text=text)


def guarded(pose: Transform, text: str) -> KeyAction:
    """Straight motion that may end on contact."""
    return KeyAction(pose, Motion.GUARDED, text=text)


def set_opening(
    pose: Transform, width_m: float, text: str, motion: Motion = Motion.NONE
) -> KeyAction:
    """Move (or stay), then open or close the fingers to a width."""
    return KeyAction(pose, motion, GripperCommand.OPEN, width_m=width_m, text=text)
