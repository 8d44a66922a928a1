"""From the network's numbers to one place, how sure it is, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.keypoint.inputs import Look, batch_of
from clap_learning.keypoint.network import KeypointNetwork

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


@dataclass(frozen=True, eq=False)
class Found:
    """An answer.

    Attributes:
        places: the most probable first; at least one.
        absent: probability that what was named is not there.
        heat: [T] probability of each token.
    """

    places: tuple[Place, ...]
    absent: float
    heat: NDArray[np.float64]


@torch.no_grad()
def answer(
    network: KeypointNetwork,
    looks: Sequence[Look],
    texts: Mapping[str, Tensor],
) -> list[Found]:
    """The network's answer to each look.

    Args:
        network: trained.
        looks: at least one.
        texts: feature of each text.
    """
    inputs = batch_of(looks, texts)
    logits, offsets = network(inputs)
    heat, absent = logits[:, :-1], logits[:, -1] - logits[:, :-1].logsumexp(dim=1)
    shares = heat.softmax(dim=1).double().numpy()
    pointed = (inputs.centres + offsets).double().numpy()
    return [
        Found(_places(share, points), float(gone), share)
        for share, points, gone in zip(shares, pointed, absent.sigmoid().tolist(), strict=True)
    ]


def _places(shares: NDArray[np.float64], pointed: NDArray[np.float64]) -> tuple[Place, ...]:
    """Places that the tokens point to, by the probability of those that point there."""
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
