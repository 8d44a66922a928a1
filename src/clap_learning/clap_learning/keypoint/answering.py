"""From the network's numbers to one place, how sure it is, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clap_learning.keypoint.calibration import ConfidenceCalibration
from clap_learning.keypoint.inputs import QueriedCloud, batch_of
from clap_learning.keypoint.network import KeypointNetwork
from clap_learning.keypoint.places import CandidatePlace, places_of


@dataclass(frozen=True, eq=False)
class Found:
    """An answer.

    Attributes:
        places: the most probable first; at least one.
        absent: probability that what was named is not there.
        heat: [K * T] probability of each token of K drawings.
    """

    places: tuple[CandidatePlace, ...]
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
    network: KeypointNetwork, looks: Sequence[QueriedCloud], texts: Mapping[str, Tensor]
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


def pooled(said: Numbers, drawings: int) -> Numbers:
    """What several drawings of each look say together: all their tokens, and the mean of "not
    there".

    Args:
        said: [N * K] of N looks, K drawings of each in a row.
        drawings: K.

    Returns:
        [N] of K * T tokens.
    """
    count, tokens = len(said.heat) // drawings, said.heat.shape[1]
    return Numbers(
        said.heat.log_softmax(dim=1).reshape(count, drawings * tokens),
        said.pointed_m.reshape(count, drawings * tokens, 3),
        said.absent.reshape(count, drawings).mean(dim=1),
    )


def answer(
    network: KeypointNetwork,
    drawings: Sequence[QueriedCloud],
    texts: Mapping[str, Tensor],
    calibration: ConfidenceCalibration,
) -> Found:
    """The network's answer to one look that was tokenised several times.

    Which points become tokens is drawn; tokens of all drawings that point to a place count for it.

    Args:
        network: trained.
        drawings: of one look, at least one.
        texts: feature of each text.
        calibration: of the network.
    """
    said = pooled(numbers(network, drawings, texts), len(drawings))
    shares = calibration.shares(said.heat[0]).double().numpy()
    absent = float(calibration.absent(said.absent[0]))
    return Found(places_of(shares, said.pointed_m[0]), absent, shares)
