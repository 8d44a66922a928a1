"""A place in the air is the middle of what floats there: the network finds it, geometry centres it.

Tokens lie on surfaces, and few of them on a ball that a hand holds something before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from clap_core.point_cloud import PointCloud
from clap_learning.keypoint.colours import to_lab
from clap_learning.keypoint.tokens import table_height

_WITHIN_M = 0.25
"""How far the network's answer may be off."""
_CELL_M = 0.015
_SMALLEST_M, _LARGEST_M = 0.03, 0.16
"""Of what floats; an arm is larger."""
_LEAST_POINTS = 25
_OVER_TABLE_M = 0.05
_BALL_M = (0.02, 0.08)
_ROUND_M = 0.006
"""Points of a ball are no farther from its surface, in the mean."""
_OF_ITS_COLOUR = 30.0
"""Difference in L*a*b* that light and shade make."""
_FROM_HAND_M = 0.08
"""What is nearer to the tool centre point is in the hand."""


def middle_of_floating(
    cloud: PointCloud, guess_m: NDArray[np.float64], tcp_m: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    """The middle of the floating thing that is nearest to a guess.

    Args:
        cloud: fused, in the base frame.
        guess_m: [3] where it may be.
        tcp_m: [3] the tool centre point; None if nobody knows.

    Returns:
        [3]; None if nothing floats there.
    """
    near = np.linalg.norm(cloud.xyz - guess_m, axis=1) < _WITHIN_M
    xyz = cloud.xyz[near].astype(np.float64)
    if len(xyz) < _LEAST_POINTS:
        return None
    # A hand that comes near touches it in the cloud: what is of its colour is it.
    away = np.linalg.norm(xyz - guess_m, axis=1)
    lab = to_lab(cloud.rgb[near])
    own = np.median(lab[np.argsort(away)[:_LEAST_POINTS]], axis=0)
    xyz = xyz[np.linalg.norm(lab - own, axis=1) < _OF_ITS_COLOUR]
    if len(xyz) < _LEAST_POINTS:
        return None
    floor_m = table_height(cloud.xyz) + _OVER_TABLE_M
    cells = np.floor((xyz - guess_m + _WITHIN_M) / _CELL_M).astype(int)
    taken = np.zeros((int(np.ceil(2.0 * _WITHIN_M / _CELL_M)) + 1,) * 3, bool)
    taken[tuple(cells.T)] = True
    parts, count = ndimage.label(taken, np.ones((3, 3, 3)))
    of_point = parts[tuple(cells.T)]
    found: list[NDArray[np.float64]] = []
    for part in range(1, count + 1):
        points = xyz[of_point == part]
        low, high = points.min(axis=0), points.max(axis=0)
        size = high - low
        middle = 0.5 * (low + high)
        in_hand = tcp_m is not None and float(np.linalg.norm(middle - tcp_m)) < _FROM_HAND_M
        floats = low[2] > floor_m and size.max() < _LARGEST_M and np.median(size) > _SMALLEST_M
        if floats and not in_hand and len(points) >= _LEAST_POINTS:
            found.append(_of_ball(points, middle))
    if not found:
        return None
    return min(found, key=lambda middle: float(np.linalg.norm(middle - guess_m)))


def _of_ball(points: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """The centre of a ball, of which any part tells it; else the middle that was given.

    Source: the linear least-squares fit of a sphere, |p|^2 = 2 p.c + (r^2 - |c|^2).
    """
    local = points - middle
    rows = np.column_stack([2.0 * local, np.ones(len(local))])
    solved = np.linalg.lstsq(rows, (local**2).sum(axis=1), rcond=None)[0]
    centre, square = solved[:3], float(solved[3] + solved[:3] @ solved[:3])
    if square <= 0.0:
        return middle
    radius = float(np.sqrt(square))
    off = np.abs(np.linalg.norm(local - centre, axis=1) - radius).mean()
    is_ball = _BALL_M[0] < radius < _BALL_M[1] and off < _ROUND_M
    return np.asarray(middle + centre) if is_ball else middle
