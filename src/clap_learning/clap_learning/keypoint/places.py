"""From probabilities of tokens to places: tokens that point to one place count together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAR_M = 0.03
"""Tokens that point to within this of each other mean the same place."""

CANDIDATES = 4
_LEAST = 0.02


@dataclass(frozen=True, eq=False)
class CandidatePlace:
    """A place that was considered.

    Attributes:
        point_m: [3] base frame.
        probability: of all places.
    """

    point_m: NDArray[np.float64]
    probability: float


def places_of(
    shares: NDArray[np.float64], pointed: NDArray[np.float64]
) -> tuple[CandidatePlace, ...]:
    """Places that tokens point to, by the probability of those that point there.

    Args:
        shares: [T] probabilities.
        pointed: [T, 3] where each token points to, m, base frame.

    Returns:
        The most probable first; at least one.
    """
    left = shares.copy()
    places: list[CandidatePlace] = []
    near = _pointing_together(pointed)
    while len(places) < CANDIDATES:
        together = near @ left
        best = int(together.argmax())
        if places and together[best] < _LEAST:
            break
        members = near[best] & (left > 0.0)
        places.append(_place(left[members], pointed[members]))
        left[members] = 0.0
    return tuple(places)


def best_places(
    shares: Sequence[NDArray[np.float64]], pointed: NDArray[np.float64]
) -> list[CandidatePlace]:
    """The first of `places_of`, for several ways to share probability among the same tokens.

    Args:
        shares: [T] probabilities each.
        pointed: [T, 3] where each token points to, m, base frame.
    """
    near = _pointing_together(pointed)
    found = []
    for share in shares:
        members = near[int((near @ share).argmax())]
        found.append(_place(share[members], pointed[members]))
    return found


def _pointing_together(pointed: NDArray[np.float64]) -> NDArray[np.bool_]:
    """[T, T] which tokens point to one place."""
    return np.linalg.norm(pointed[:, None] - pointed[None], axis=2) < NEAR_M


def _place(weights: NDArray[np.float64], points: NDArray[np.float64]) -> CandidatePlace:
    total = float(weights.sum())
    return CandidatePlace((weights[:, None] * points).sum(axis=0) / total, min(total, 1.0))
