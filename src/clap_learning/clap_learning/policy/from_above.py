"""Grasps of things that nobody demonstrated: from above, across a narrow place with steep sides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import tool_down
from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_learning.policy.clearance import FINGER_WIDE_M, STRUCK_POINTS, struck
from clap_learning.policy.frames import HALF_TURN
from clap_learning.policy.letting_go import WIDE_OPEN_M
from clap_learning.thing import thing_at

_YAWS = 36
_NEAR_M = 0.07
"""How far from the keypoint a thing is grasped, at most."""
_STEP_M = 0.005
"""Between places that are looked at along a thing."""
_WIDEST_M = 0.070
"""That fingers 8 cm apart go around, misjudged by a few millimetres on either side."""
_BELOW_TOP_M = 0.022
_ABOVE_FOOT_M = 0.014
"""How deep fingers go: under the top, but not onto the table."""
_PAD_M = 0.014
"""Height of what is looked at over and under the tool centre point: the fingers' pads."""
_STEEP = 0.5
"""Most slope of the two sides together that fingers hold by friction."""
_COMING_FROM_M = 0.10
_MOST = 6
_APART_M, _APART_RAD = 0.015, np.radians(20.0)


def grasps_from_above(
    keypoint_m: NDArray[np.float64], around_m: NDArray[np.float64], text: str
) -> Iterator[tuple[KeyAction, ...]]:
    """Ways to grasp what stands at a keypoint, the best first; none where nothing fits.

    Args:
        keypoint_m: [3] the foot of the thing, base frame.
        around_m: [N, 3] what stands around, base frame, without table and hand.
        text: of the key poses.
    """
    thing_m = thing_at(keypoint_m, around_m, _NEAR_M)
    if not len(thing_m):
        return
    top_m, foot_m = float(np.percentile(thing_m[:, 2], 97)), float(keypoint_m[2])
    height_m = max(top_m - _BELOW_TOP_M, foot_m + _ABOVE_FOOT_M)
    middle_m = thing_m[:, :2].mean(axis=0)
    pads_m = thing_m[np.abs(thing_m[:, 2] - height_m) < _PAD_M, :2]
    found = []
    for yaw_rad in np.arange(_YAWS) * np.pi / _YAWS:
        for cost, place_m in _across(pads_m, yaw_rad, middle_m):
            base_T_tcp = tool_down([*place_m, height_m], yaw_rad)
            if struck(base_T_tcp, WIDE_OPEN_M, around_m) < STRUCK_POINTS:
                found.append((cost, yaw_rad, base_T_tcp))
    chosen: list[tuple[float, NDArray[np.float64]]] = []
    for _, yaw_rad, base_T_tcp in sorted(found, key=lambda one: one[0]):
        if all(_differs((yaw_rad, base_T_tcp), other) for other in chosen):
            chosen.append((yaw_rad, base_T_tcp))
            outward = float(base_T_tcp[:2, 0] @ base_T_tcp[:2, 3]) >= 0.0
            natural = base_T_tcp if outward else base_T_tcp @ HALF_TURN
            yield _key_poses(natural, text)
            yield _key_poses(natural @ HALF_TURN, text)
        if len(chosen) == _MOST:
            return


def _across(
    pads_m: NDArray[np.float64], yaw_rad: float, middle_m: NDArray[np.float64]
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Cost and [2] place of each grasp with fingers that close along the y of that yaw."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    axes = np.array([[c, s], [-s, c]])
    along, across = axes @ (pads_m - middle_m).T
    if not len(along):
        return
    slabs = np.arange(along.min(), along.max() + _STEP_M, _STEP_M)
    for at in slabs:
        sides = []
        for part in (-1.0, 0.0, 1.0):
            inside = np.abs(along - at - part * FINGER_WIDE_M / 3) < FINGER_WIDE_M / 6
            if inside.any():
                sides.append((across[inside].min(), across[inside].max()))
        if len(sides) < 3:
            continue
        low, high = np.array(sides).T
        width_m = high.max() - low.min()
        slope = (np.ptp(low) + np.ptp(high)) / (2 * FINGER_WIDE_M / 3)
        if width_m > _WIDEST_M or slope > _STEEP:
            continue
        centre = np.array([at, 0.5 * (high.max() + low.min())])
        aside_m = float(np.linalg.norm(centre))
        yield slope + aside_m / 0.03, middle_m + centre @ axes


def _differs(
    one: tuple[float, NDArray[np.float64]], other: tuple[float, NDArray[np.float64]]
) -> bool:
    turn = abs((one[0] - other[0] + 0.5 * np.pi) % np.pi - 0.5 * np.pi)
    apart_m = float(np.linalg.norm(one[1][:3, 3] - other[1][:3, 3]))
    return turn > _APART_RAD or apart_m > _APART_M


def _key_poses(base_T_tcp: NDArray[np.float64], text: str) -> tuple[KeyAction, ...]:
    above = base_T_tcp.copy()
    above[2, 3] += _COMING_FROM_M
    return (
        KeyAction(above, Motion.JOINT, GripperCommand.OPEN, WIDE_OPEN_M, text=text),
        KeyAction(base_T_tcp, Motion.LINEAR, GripperCommand.GRASP, text=text),
    )
