"""Which points of a cloud are the robot's own hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert, transform_points

_FINGERS = ((-0.025, -0.06, -0.055), (0.025, 0.06, 0.02))
_HAND = ((-0.06, -0.125, -0.40), (0.06, 0.125, -0.035))

Box = tuple[tuple[float, float, float], tuple[float, float, float]]


def is_own_hand(xyz: NDArray[np.floating], base_T_tcp: NDArray[np.float64]) -> NDArray[np.bool_]:
    """[N] which of the points are where the hand and the fingers are.

    Args:
        xyz: [N, 3] m, base frame.
        base_T_tcp: [4, 4] where the hand was.
    """
    seen_by_hand = transform_points(invert(base_T_tcp), xyz)
    return _inside(seen_by_hand, _FINGERS) | _inside(seen_by_hand, _HAND)


def _inside(points: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    return np.asarray(((points > box[0]) & (points < box[1])).all(axis=1))
