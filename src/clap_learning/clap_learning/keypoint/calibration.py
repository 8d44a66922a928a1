"""What turns the network's numbers into probabilities that hold.

Guo et al., On Calibration of Modern Neural Networks (2017): one temperature for the places, and
Platt's line for "not there".
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from torch import Tensor
from torch.nn import functional

from clap_learning.keypoint.places import NEAR_M, best_places

_TEMPERATURES = np.geomspace(0.25, 8.0, 41)
_SUREST = 0.999
_ROUNDS = 100

ABSENT_PRIOR = 0.1
"""How often what a person names is not there. Validation asks for absent things as often as for
present ones, so that there are enough of them; people do not."""


class ConfidenceCalibration(BaseModel, frozen=True, extra="forbid"):
    """Turns one network's logits into probabilities that hold; the default changes nothing."""

    temperature: float = Field(1.0, description="That the heatmap's logits are divided by.", gt=0)
    absent_scale: float = Field(
        1.0, description="Of the logit of 'not there'; 0 where it tells nothing.", ge=0
    )
    absent_shift: float = Field(0.0, description="Added to it.")

    def shares(self, heat: Tensor) -> Tensor:
        """[..., T] probabilities of logits."""
        return (heat / self.temperature).softmax(dim=-1)

    def absent(self, logits: Tensor) -> Tensor:
        """[...] probabilities of logits."""
        return (logits * self.absent_scale + self.absent_shift).sigmoid()


def temperature_of(
    heat: Tensor, pointed_m: NDArray[np.float64], places_m: NDArray[np.float64]
) -> float:
    """The temperature under which whether the best place is right is most probable.

    Args:
        heat: [N, T] logits of tokens.
        pointed_m: [N, T, 3] where each points to.
        places_m: [N, 3] the true places.
    """
    losses = np.zeros(len(_TEMPERATURES))
    tried = [ConfidenceCalibration(temperature=float(one)) for one in _TEMPERATURES]
    for logits, pointed, place in zip(heat, pointed_m, places_m, strict=True):
        shares = [one.shares(logits).double().numpy() for one in tried]
        best = best_places(shares, pointed)
        away_m = np.linalg.norm([one.point_m for one in best] - place, axis=1)
        sure = np.clip([one.probability for one in best], 1.0 - _SUREST, _SUREST)
        losses -= np.log(np.where(away_m <= NEAR_M, sure, 1.0 - sure))
    return float(_TEMPERATURES[int(np.argmin(losses))])


def line_of(logits: Tensor, absent: Tensor) -> tuple[float, float]:
    """Scale and shift of logits under which what is absent is most probable; see Platt (1999).

    However many of either kind are given, they count as `ABSENT_PRIOR` says.

    Args:
        logits: [N].
        absent: [N] bool, of both kinds at least one.
    """
    count = float(absent.sum())
    # Platt's targets: not quite 0 and 1, so that few examples do not make it sure.
    others = len(absent) - count
    wanted = torch.where(absent, (count + 1.0) / (count + 2.0), 1.0 / (others + 2.0))
    weight = torch.where(absent, ABSENT_PRIOR / count, (1.0 - ABSENT_PRIOR) / others)
    line = torch.tensor([0.0, 0.0], requires_grad=True)  # logarithm of the scale, and shift
    search = torch.optim.LBFGS([line], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        error = functional.binary_cross_entropy_with_logits(
            logits * line[0].exp() + line[1], wanted, weight, reduction="sum"
        )
        error.backward()
        return error

    search.step(loss)
    log_scale, shift = line.detach().tolist()
    return float(np.exp(log_scale)), float(shift)
