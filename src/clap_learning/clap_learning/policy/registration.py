"""How a demonstrated cloud lies on the one that is seen: turned about the vertical, and shifted.

A grid over the turn, each place scored by how much of either cloud the other explains, then
iterative closest points from the best places of the grid (Besl and McKay, "A method for
registration of 3-D shapes", PAMI 1992), which move the cloud but keep it upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

YAWS = 72
"""Places of the grid: one every 5 degrees."""

GRID_POINTS = 130
"""Of each cloud, that are compared on the grid."""

GRID_WIDTH_M = 0.015
WIDTH_M = 0.008
"""Distance at which a point counts as explained by 60 %: on the grid, and at the end."""

FOCUS_M = 0.10
"""Points further from the keypoint than this count less."""

PRIOR_WEIGHT = 0.06
"""What half a turn from the expected yaw costs; decides only between turns that look alike."""

_HYPOTHESES = 3
_PEAK_PLACES = 5
_ICP_WIDTHS_M = np.linspace(0.02, WIDTH_M, 16)
"""Within which points pull, round by round: from far first, so that a shift is found too."""

_ICP_REACH_M = 0.025
_SAME_RAD = np.radians(6.0)
_MIN_POINTS = 12
_MAX_SHIFT_M = 0.04


@dataclass(frozen=True, eq=False)
class CloudFit:
    """One way to lay a demonstrated cloud on the seen one.

    Attributes:
        yaw_rad: of the demonstrated cloud about its keypoint's vertical.
        shift_m: [3] by which its keypoint misses the seen one.
        score: 0..1, the share of both clouds that the other explains.
        cost: what hypotheses are ordered by: 1 - score, and a little for an unexpected yaw.
    """

    yaw_rad: float
    shift_m: NDArray[np.float64]
    score: float
    cost: float


def unseen(yaw_rad: float) -> CloudFit:
    """What to assume where too little is seen to compare: the expected yaw, no shift."""
    return CloudFit(yaw_rad, np.zeros(3), 0.0, 1.0)


def register(
    shown: NDArray[np.float32], seen: NDArray[np.float32], expected_yaw_rad: float
) -> tuple[CloudFit, ...]:
    """Lay a demonstrated cloud on the one that is seen.

    Args:
        shown: [N, 3] m, of the demonstration, relative to its keypoint.
        seen: [M, 3] m, relative to the keypoint that was found.
        expected_yaw_rad: which turn is right where several look alike, as for round things.

    Returns:
        Hypotheses, the best first; at least one.
    """
    if min(len(shown), len(seen)) < _MIN_POINTS:
        return (unseen(expected_yaw_rad),)
    return _register(shown.astype(np.float64), seen.astype(np.float64), expected_yaw_rad)


def _register(
    shown: NDArray[np.float64], seen: NDArray[np.float64], expected_yaw_rad: float
) -> tuple[CloudFit, ...]:
    trees = cKDTree(shown), cKDTree(seen)
    yaws = expected_yaw_rad + np.arange(YAWS) * 2.0 * np.pi / YAWS
    scores = _grid_scores(shown[:GRID_POINTS], seen[:GRID_POINTS], trees, yaws)
    costs = 1.0 - scores + _surprise(yaws, expected_yaw_rad)
    fits = [
        _refine(shown, seen, trees, float(yaws[place]), expected_yaw_rad) for place in _peaks(costs)
    ]
    return _distinct(sorted(fits, key=lambda fit: fit.cost))


def turned(points: NDArray[np.float64], yaw_rad: float) -> NDArray[np.float64]:
    """[..., 3] points turned about the vertical through the origin."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.asarray(points @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]))


def wrapped(angle_rad: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """The same angle in -pi..pi."""
    return np.asarray((np.asarray(angle_rad) + np.pi) % (2.0 * np.pi) - np.pi)


def _surprise(yaws: NDArray[np.float64], expected_yaw_rad: float) -> NDArray[np.float64]:
    return PRIOR_WEIGHT * np.abs(wrapped(yaws - expected_yaw_rad)) / np.pi


def _grid_scores(
    shown: NDArray[np.float64],
    seen: NDArray[np.float64],
    trees: tuple[cKDTree, cKDTree],
    yaws: NDArray[np.float64],
) -> NDArray[np.float64]:
    forth = np.concatenate([turned(shown, yaw) for yaw in yaws])
    back = np.concatenate([turned(seen, -yaw) for yaw in yaws])
    count = len(yaws)
    to_seen = _explained(trees[1], forth, GRID_WIDTH_M).reshape(count, -1)
    to_shown = _explained(trees[0], back, GRID_WIDTH_M).reshape(count, -1)
    return 0.5 * (to_seen @ _weights(shown) + to_shown @ _weights(seen))


def _explained(tree: cKDTree, points: NDArray[np.float64], width_m: float) -> NDArray[np.float64]:
    distance, _ = tree.query(points, distance_upper_bound=3.0 * width_m)
    return np.asarray(np.exp(-0.5 * (distance / width_m) ** 2))


def _weights(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N] that add up to one: what lies near the keypoint counts more."""
    weight = np.exp(-0.5 * (points**2).sum(axis=1) / FOCUS_M**2)
    return np.asarray(weight / weight.sum())


def _peaks(costs: NDArray[np.float64]) -> list[int]:
    """The lowest places of a ring of costs, with some distance between them."""
    found: list[int] = []
    for place in np.argsort(costs, kind="stable"):
        gaps = [min(abs(place - other), len(costs) - abs(place - other)) for other in found]
        if all(gap > _PEAK_PLACES for gap in gaps):
            found.append(int(place))
        if len(found) == _HYPOTHESES:
            break
    return found


def _refine(
    shown: NDArray[np.float64],
    seen: NDArray[np.float64],
    trees: tuple[cKDTree, cKDTree],
    yaw_rad: float,
    expected_yaw_rad: float,
) -> CloudFit:
    shift = np.zeros(3)
    weights = _weights(shown)
    for width in _ICP_WIDTHS_M:
        moved = turned(shown, yaw_rad) + shift
        distance, nearest = trees[1].query(moved, distance_upper_bound=_ICP_REACH_M)
        hit = np.isfinite(distance)
        if hit.sum() < _MIN_POINTS:
            break
        pull = weights[hit] * np.exp(-0.5 * (distance[hit] / width) ** 2) + 1e-9
        turn, shift = _upright(moved[hit], seen[nearest[hit]], pull, shift)
        yaw_rad += turn
    shift = np.clip(shift, -_MAX_SHIFT_M, _MAX_SHIFT_M)
    moved = turned(shown, yaw_rad) + shift
    back = turned(seen - shift, -yaw_rad)
    score = 0.5 * float(
        _explained(trees[1], moved, WIDTH_M) @ weights
        + _explained(trees[0], back, WIDTH_M) @ _weights(seen)
    )
    yaw = float(wrapped(yaw_rad))
    cost = 1.0 - score + float(_surprise(np.array(yaw), expected_yaw_rad))
    return CloudFit(yaw, shift, score, cost)


def _distinct(fits: Sequence[CloudFit]) -> tuple[CloudFit, ...]:
    """Without those that came to the same from another place of the grid."""
    kept: list[CloudFit] = []
    for fit in fits:
        if all(abs(wrapped(fit.yaw_rad - other.yaw_rad)) > _SAME_RAD for other in kept):
            kept.append(fit)
    return tuple(kept)


def _upright(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    weight: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """The turn about the vertical, and the shift after it, that bring points on points."""
    weight = weight / weight.sum()
    source_mid, target_mid = weight @ source, weight @ target
    a, b = (source - source_mid)[:, :2], (target - target_mid)[:, :2]
    cross = weight @ (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    dot = weight @ (a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1])
    turn = float(np.arctan2(cross, dot))
    return turn, turned(shift, turn) + target_mid - turned(source_mid, turn)
