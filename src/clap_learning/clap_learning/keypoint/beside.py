"""A free place beside something, by geometry; the network has found the something."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from clap_core.directions import AXES
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Relation
from clap_learning.keypoint.tokens import table_height
from clap_learning.own_hand import is_own_hand
from clap_learning.thing import thing_at

_OVER_TABLE_M = 0.006
"""What is less high over the table is in nobody's way."""
_REFERENCE_M = 0.25
"""How far a thing may reach from where it was found."""
_FLAT_M = 0.04
"""Taken for how far a thing reaches that is too flat to be seen."""
_HELD_M = (0.05, 0.13)
"""Half the width of what a hand holds: at least, and at most."""
_UNTOLD_M = (0.13, 0.09)
"""What is tried where it is not told from what it touches."""
_ARM_M = (0.20, 0.25)
"""What is nearer to the tool centre point, seen from above, and so far over it is the arm."""
_GAPS_M = (0.02, 0.035, 0.05, 0.07)
"""From the thing to what is put beside it."""
_WIDER_M = (0.10, 0.14, 0.18)
"""What is farther off is not next to it any more, but still on its left."""
_FREE_M = 0.015
"""Around what is put there nothing else stands."""
_SUPPORT_M = 0.02
_SUPPORT_POINTS = 4
"""Of the table, seen at the place itself."""
_REACH_M = (0.36, 0.72)
"""From the base's axis: where an arm puts things down."""
_PER_WAY = 0.1
"""What a way of the hand costs, beside how far off the place is."""
_DIRECTIONS = 72
_CONE_RAD = 0.6
"""How far from its axis "left of" and the like reach."""


def free_place(
    relation: Relation,
    reference_m: NDArray[np.float64],
    cloud: PointCloud,
    base_T_tcp: NDArray[np.float64] | None,
) -> NDArray[np.float64] | None:
    """Where something fits beside a thing, as near to it as may be.

    Args:
        relation: next to, or a side.
        reference_m: [3] the foot of the thing, base frame.
        cloud: fused, in the base frame.
        base_T_tcp: [4, 4] the hand, and what it holds if anything; None if nobody knows.

    Returns:
        [3] on the table, base frame; None where nothing is free.
    """
    xyz = cloud.xyz.astype(np.float64)
    table_m = table_height(cloud.xyz)
    stands = xyz[:, 2] > table_m + _OVER_TABLE_M
    standing, lying = xyz[stands], xyz[~stands]
    halves_m: tuple[float, ...] = (_HELD_M[0],)
    if base_T_tcp is not None:
        standing = _without_robot(standing, base_T_tcp)
        halves_m, standing = _without_held(standing, base_T_tcp[:3, 3])
    thing = thing_at(reference_m, standing, _REFERENCE_M)[:, :2] - reference_m[:2]
    occupied, support = cKDTree(standing[:, :2]), cKDTree(lying[:, :2])
    gaps_m = (*_GAPS_M, *_WIDER_M) if relation in AXES else _GAPS_M
    for half_m in halves_m:
        free: list[tuple[float, NDArray[np.float64]]] = []
        for direction in _directions(relation):
            extent_m = max(float((thing @ direction).max(initial=0.0)), _FLAT_M)
            for gap_m in gaps_m:
                away_m = extent_m + gap_m + half_m
                place = reference_m[:2] + away_m * direction
                if _is_free(place, half_m + _FREE_M, occupied, support):
                    # Not by the gap: beyond what touches the thing is not next to the thing.
                    free.append((away_m + _PER_WAY * _way_m(place, base_T_tcp), place))
                    break
        if free:
            return np.array([*min(free, key=lambda one: one[0])[1], table_m])
    return None


def _without_robot(
    standing: NDArray[np.float64], base_T_tcp: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What stands, without the hand and the arm over it."""
    away_m = np.linalg.norm(standing[:, :2] - base_T_tcp[:2, 3], axis=1)
    is_arm = (away_m < _ARM_M[0]) & (standing[:, 2] > base_T_tcp[2, 3] + _ARM_M[1])
    return standing[~(is_arm | is_own_hand(standing, base_T_tcp))]


def _without_held(
    standing: NDArray[np.float64], tcp_m: NDArray[np.float64]
) -> tuple[tuple[float, ...], NDArray[np.float64]]:
    """Half the width of what is at the tool centre point, as it may be, and the rest.

    What touches other things, in a box for example, is not told from them.
    """
    held = thing_at(tcp_m, standing, 2.0 * _HELD_M[1])
    if not len(held):
        return (_HELD_M[0],), standing
    half_m = 0.5 * float(np.ptp(held[:, :2], axis=0).max())
    if half_m > _HELD_M[1]:
        return _UNTOLD_M, standing
    away_m = cKDTree(held).query(standing)[0]
    return (max(half_m, _HELD_M[0]),), standing[away_m > 0.0]


def _way_m(place: NDArray[np.float64], base_T_tcp: NDArray[np.float64] | None) -> float:
    return 0.0 if base_T_tcp is None else float(np.linalg.norm(place - base_T_tcp[:2, 3]))


def _directions(relation: Relation) -> NDArray[np.float64]:
    """[D, 2] unit vectors."""
    axis = AXES.get(relation)
    angles = np.arange(_DIRECTIONS) * 2.0 * np.pi / _DIRECTIONS
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    return directions if axis is None else directions[directions @ axis > np.cos(_CONE_RAD)]


def _is_free(
    place: NDArray[np.float64], radius_m: float, occupied: cKDTree, support: cKDTree
) -> bool:
    if not _REACH_M[0] < float(np.hypot(*place)) < _REACH_M[1]:
        return False
    seen = support.query_ball_point(place, _SUPPORT_M, return_length=True)
    return bool(seen >= _SUPPORT_POINTS) and not occupied.query_ball_point(
        place, radius_m, return_length=True
    )
