"""From the network's numbers to one place, how sure it is, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.keypoint.calibration import Calibration
from clap_learning.keypoint.inputs import Look, batch_of
from clap_learning.keypoint.network import KeypointNetwork
from clap_learning.keypoint.places import Place, places_of


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


@dataclass(frozen=True, eq=False)
class Numbers:
    """What the network says of looks.

    Attributes:
        heat: [N, T] logits of each token.
        pointed_m: [N, T, 3] where each token points to, base frame.
        absent: [N] logits of "not there".
    """

    heat: Tensor
    pointed_m: NDArray[np.float64]
    absent: Tensor


@torch.no_grad()
def numbers(
    network: KeypointNetwork, looks: Sequence[Look], texts: Mapping[str, Tensor]
) -> Numbers:
    """What the network says.

    Args:
        network: trained.
        looks: at least one.
        texts: feature of each text.
    """
    inputs = batch_of(looks, texts)
    logits, offsets = network(inputs)
    heat = logits[:, :-1]
    pointed_m = (inputs.centres + offsets).double().numpy()
    return Numbers(heat, pointed_m, logits[:, -1] - heat.logsumexp(dim=1))


def answer(
    network: KeypointNetwork,
    looks: Sequence[Look],
    texts: Mapping[str, Tensor],
    calibration: Calibration,
) -> list[Found]:
    """The network's answer to each look.

    Args:
        network: trained.
        looks: at least one.
        texts: feature of each text.
        calibration: of the network.
    """
    said = numbers(network, looks, texts)
    shares = calibration.shares(said.heat).double().numpy()
    absent = calibration.absent(said.absent).tolist()
    return [
        Found(places_of(share, points), float(gone), share)
        for share, points, gone in zip(shares, said.pointed_m, absent, strict=True)
    ]
