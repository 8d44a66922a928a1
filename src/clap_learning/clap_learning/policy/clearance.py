"""What a hand would run into on its last way to a grasp, and what it would close on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert, transform_points
from clap_core.robot.collision import FINGERTIP_BEYOND_TCP_M
from clap_core.task_types import GripperCommand, KeyAction
from clap_learning.policy.letting_go import WIDE_OPEN_M
from clap_learning.thing import thing_at

FINGER_WIDE_M = 0.020
FINGER_THICK_M = 0.014
FINGER_LONG_M = 0.085
FINGER_PAD_M = 0.030
"""Of a Franka hand's finger, over its tip; with the way that it comes down."""

HAND_M = (0.030, 0.100, 0.050, 0.130)
"""Of its body: half its depth and width, and from where to where over the tool centre point."""

WRIST_M = (0.060, 0.105, 0.220)
"""Of the arm's last link behind it: its radius with what a cloud misjudges, and from where to where
over the tool centre point."""

REACHES_BACK_M = WRIST_M[2] + WRIST_M[0]
"""How far from the tool centre point something can be struck."""

MISJUDGED_M = 0.003
"""A voxel's half, and a camera's noise: nearer than this to a finger's inside is beside it."""

STRUCK_POINTS = 4
"""Of a cloud with a point every 5 mm: fewer are stray ones."""

UNSEEN_M = 0.012
"""Of what the fingers close on the top may be hidden by so much."""

ENCLOSED_POINTS = 3
"""Fewer of them between the fingers are nothing to take."""


def is_promising(
    actions: Sequence[KeyAction], keypoint_m: NDArray[np.float64], around_m: NDArray[np.float64]
) -> bool:
    """Whether a hand comes around what is meant, and runs into nothing before it closes.

    Args:
        actions: key poses; without a grasp they always do.
        keypoint_m: [3] of what is meant, base frame.
        around_m: [N, 3] what stands around, base frame, without table and hand.
    """
    width_m = WIDE_OPEN_M
    for action in actions:
        if action.gripper is GripperCommand.OPEN:
            width_m = action.width_m or WIDE_OPEN_M
        if action.gripper is GripperCommand.GRASP:
            return (
                struck(action.base_T_tcp, width_m, around_m) < STRUCK_POINTS
                and enclosed(action.base_T_tcp, width_m, thing_at(keypoint_m, around_m))
                >= ENCLOSED_POINTS
            )
    return True


def struck(base_T_tcp: NDArray[np.float64], width_m: float, points_m: NDArray[np.float64]) -> int:
    """How many points are where a finger or the body of the hand comes.

    Args:
        base_T_tcp: [4, 4] the hand when it is about to close.
        width_m: between the open fingers.
        points_m: [N, 3] base frame.
    """
    x, y, z = of_hand = _seen_by_hand(base_T_tcp, points_m)
    aside = np.abs(y) - 0.5 * width_m
    beside = (np.abs(x) < 0.5 * FINGER_WIDE_M) & (aside > MISJUDGED_M) & (aside < FINGER_THICK_M)
    tip = FINGERTIP_BEYOND_TCP_M - MISJUDGED_M
    fingers = beside & (z < tip) & (z > tip - FINGER_LONG_M)
    return int((fingers | _in_body(of_hand)).sum())


def struck_behind_fingers(base_T_tcp: NDArray[np.float64], points_m: NDArray[np.float64]) -> int:
    """How many points are where the hand's body or the arm's last link comes, as of `struck`."""
    x, y, z = of_hand = _seen_by_hand(base_T_tcp, points_m)
    radius, low, high = WRIST_M
    wrist = (np.hypot(x, y) < radius) & (z < -low) & (z > -high)
    return int((_in_body(of_hand) | wrist).sum())


def _in_body(of_hand: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y, z = of_hand
    deep, wide, low, high = HAND_M
    within: NDArray[np.bool_] = (np.abs(x) < deep) & (np.abs(y) < wide) & (z < -low) & (z > -high)
    return within


def enclosed(base_T_tcp: NDArray[np.float64], width_m: float, points_m: NDArray[np.float64]) -> int:
    """How many points are between the fingers' ends, as of `struck`."""
    x, y, z = _seen_by_hand(base_T_tcp, points_m)
    tip = FINGERTIP_BEYOND_TCP_M + UNSEEN_M
    between = (np.abs(x) < 0.5 * FINGER_WIDE_M) & (np.abs(y) < 0.5 * width_m)
    return int((between & (z < tip) & (z > tip - FINGER_PAD_M)).sum())


def _seen_by_hand(
    base_T_tcp: NDArray[np.float64], points_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    return transform_points(invert(base_T_tcp), points_m.reshape(-1, 3)).T
