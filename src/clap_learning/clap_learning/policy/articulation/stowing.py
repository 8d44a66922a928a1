"""Where in an open drawer there is room for a hand and for what it brings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_learning.policy.articulation.leaf import Leaf, face_behind

Vector = NDArray[np.float64]

_OVER_WALLS_M, _DRAWN_OUT_M = 0.07, 0.20
"""What is higher over a drawer's floor is its chest, whose front is no farther behind."""
_HAND_CLEAR_M = 0.075
"""From fronts to the TCP of a hand that points down before them."""
_ASIDE_M, _FROM_WALL_M, _TAKES_M = 0.078, 0.05, 0.035
"""Places side by side in a drawer: how far apart, from its walls, and what each takes."""
_LIES_M = (0.012, 0.05)
"""Heights over a drawer's floor of what lies in it."""


def place_in_drawer(around_m: Vector, keypoint_m: Vector) -> tuple[Vector, Vector]:
    """Where a hand can lower something into an open drawer.

    Args:
        around_m: [N, 3] what lies around the keypoint, relative to it.
        keypoint_m: [3] on the drawer's floor, base frame.

    Returns:
        [2] out of the chest, towards the robot where the chest is not seen; and [3] the place, so
        far out that the hand passes the fronts above, and beside what lies there.
    """
    above = around_m[around_m[:, 2] > _OVER_WALLS_M]
    front = face_behind(above, keypoint_m, standoff_m=_DRAWN_OUT_M)
    if front is None:
        return np.asarray(-keypoint_m[:2] / np.linalg.norm(keypoint_m[:2])), keypoint_m
    before_m = float((keypoint_m[:2] - front.point_m) @ front.outward)
    place_m = keypoint_m.copy()
    place_m[:2] += max(0.0, _HAND_CLEAR_M - before_m) * front.outward
    place_m[:2] += _to_free_place(around_m, place_m - keypoint_m, front) * front.along
    return front.outward, place_m


def _to_free_place(around_m: Vector, place_m: Vector, front: Leaf) -> float:
    """How far along the front the place is that least lies at; 0 where nothing lies.

    Args:
        around_m: [N, 3] relative to the keypoint.
        place_m: [3] relative to it.
        front: of the chest.
    """
    low, high = front.low_m + _FROM_WALL_M, front.high_m - _FROM_WALL_M
    aside = [way for way in (0.0, -_ASIDE_M, _ASIDE_M) if way == 0.0 or low <= way <= high]
    lying = around_m[(around_m[:, 2] > _LIES_M[0]) & (around_m[:, 2] < _LIES_M[1]), :2]

    def taken(way: float) -> int:
        place = place_m[:2] + way * front.along
        return int(np.count_nonzero(np.linalg.norm(lying - place, axis=1) < _TAKES_M))

    return min(aside, key=taken)
