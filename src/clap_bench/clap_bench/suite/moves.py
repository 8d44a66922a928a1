"""Words for key actions, so that an expert reads like what the arm does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion

Transform = NDArray[np.float64]

WIDE_OPEN_M = 0.08
"""Opening of the hand when it is open."""


def go(base_T_tcp: Transform, text: str = "", *, speed: float = 1.0) -> KeyAction:
    """Move freely: over everything up to the travel height, then down."""
    return KeyAction(base_T_tcp, Motion.JOINT, speed_scale=speed, text=text)


def slide(base_T_tcp: Transform, text: str = "", *, speed: float = 1.0) -> KeyAction:
    """Move in a straight line."""
    return KeyAction(base_T_tcp, Motion.LINEAR, speed_scale=speed, text=text)


def grasping(action: KeyAction, force_n: float = 0.0) -> KeyAction:
    """The same, and grasp at the end, with the configured force where none is given."""
    return replace(action, gripper=GripperCommand.GRASP, force_n=force_n)


def shutting(action: KeyAction) -> KeyAction:
    """The same, and close the empty hand at the end."""
    return replace(action, gripper=GripperCommand.OPEN, width_m=0.0)


def opening(action: KeyAction) -> KeyAction:
    """The same, and open the hand wide at the end."""
    return replace(action, gripper=GripperCommand.OPEN, width_m=WIDE_OPEN_M)


def raised(base_T_tcp: Transform, height_m: float) -> Transform:
    """The same pose higher up in the base frame."""
    return moved(base_T_tcp, (0.0, 0.0, height_m))


def moved(base_T_tcp: Transform, by_m: ArrayLike) -> Transform:
    """The same orientation, shifted by [3] in the base frame."""
    result = base_T_tcp.copy()
    result[:3, 3] += np.asarray(by_m, dtype=float)
    return result


def backed(base_T_tcp: Transform, distance_m: float) -> Transform:
    """The same orientation, drawn back along the fingers (against the tool's z)."""
    return moved(base_T_tcp, -distance_m * base_T_tcp[:3, 2])


def tool(position_m: ArrayLike, forward: ArrayLike, fingers: ArrayLike) -> Transform:
    """A TCP pose from directions in the base frame.

    Args:
        position_m: [3] of the TCP.
        forward: [3] where the fingers point (the tool's z).
        fingers: [3] along which they open (the tool's y); made orthogonal to `forward`.
    """
    z = np.asarray(forward, dtype=float) / np.linalg.norm(forward)
    y = np.asarray(fingers, dtype=float)
    y = y - (y @ z) * z
    y /= np.linalg.norm(y)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([np.cross(y, z), y, z])
    pose[:3, 3] = position_m
    return pose
