"""From probabilities of tokens to places: tokens that point to one place count together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAR_M = 0.03
"""Tokens that point to within this of each other mean the same place."""

CANDIDATES = 4
_LEAST = 0.02


@dataclass(frozen=True, eq=False)
class Place:
    """A place that was considered.

    Attributes:
        point_m: [3] base frame.
        probability: of all places.
    """

    point_m: NDArray[np.float64]
    probability: float


def places_of(shares: NDArray[np.float64], pointed: NDArray[np.float64]) -> tuple[Place, ...]:
    """Places that tokens point to, by the probability of those that point there.

    Args:
        shares: [T] probabilities.
        pointed: [T, 3] where each token points to, m, base frame.

    Returns:
        The most probable first; at least one.
    """
    left = shares.copy()
    places: list[Place] = []
    while len(places) < CANDIDATES:
        near = np.linalg.norm(pointed[:, None] - pointed[None], axis=2) < NEAR_M
        together = near @ left
        best = int(together.argmax())
        if places and together[best] < _LEAST:
            break
        members = near[best] & (left > 0.0)
        weights = left[members]
        point = (weights[:, None] * pointed[members]).sum(axis=0) / weights.sum()
        places.append(Place(point, float(min(together[best], 1.0))))
        left[members] = 0.0
    return tuple(places)
