"""How likely the votes find what was demonstrated: a mixture over anchors.

Regression to one answer mixes ways that are each right, as the twelve places on a cup's rim. So
each anchor votes for a whole sub-task, and is answerable as far as it is believed: the heatmap is
the mixture's weights. Besides, every anchor learns a little from every example, as SGRv2's points
do (arXiv 2406.10615): else those that are not believed at first would never learn.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, Field
from torch import Tensor
from torch.nn import functional

from clap_learning.policy.clap.batches import WantedVotes
from clap_learning.policy.clap.network import VOTE_M, Votes

_TWIN = (-1.0, -1.0, 1.0)
"""Of a rotation's columns, when the hand is turned by half about its approach axis."""


class PolicyLossConfig(BaseModel, frozen=True, extra="forbid"):
    """What counts how much."""

    dense: float = Field(0.3, description="What every anchor learns.", ge=0.0)
    manner: float = Field(0.3, description="Which manner it is.", ge=0.0)


def loss_of(votes: Votes, wanted: WantedVotes, config: PolicyLossConfig) -> Tensor:
    """The mean over a batch of the negative logarithm of the likelihood, with what else counts."""
    counts = wanted.counts[:, None].float()
    steps = counts.sum(dim=2)
    off_m = votes.positions_m - wanted.positions_m[:, None]
    apart = torch.stack([chordal(votes.rotations, one[:, None]) for one in _twins(wanted)], dim=3)
    in_place = off_m.square().sum(-1) * torch.exp(-2.0 * votes.log_m) / 2.0 + 3.0 * votes.log_m
    # Of angles that are small, half the squared distance of rotations is the squared angle.
    turned = (
        apart * torch.exp(-2.0 * votes.log_rad)[..., None] / 4.0 + 3.0 * votes.log_rad[..., None]
    )
    each = -((in_place[..., None] + turned) * counts[..., None]).sum(2) / steps[..., None]
    # [B, N, 2]: of an anchor, and of a twin that does the same.
    twin = torch.where(wanted.twins, 0.0, -1e4)
    each = torch.stack([each[..., 0], each[..., 1] + twin[:, None]], dim=2)
    found = (votes.heat.log_softmax(dim=1)[..., None] + each).flatten(1).logsumexp(dim=1)
    manner = functional.cross_entropy(votes.manner, wanted.manners)
    return (
        -found.mean()
        + config.dense * _dense(votes, off_m, apart, wanted)
        + (config.manner * manner)
    )


def chordal(one: Tensor, other: Tensor) -> Tensor:
    """[...] squared Frobenius distance of rotations [..., 3, 3]: 4 (1 - cos(angle))."""
    return (one - other).square().sum((-1, -2))


def _twins(wanted: WantedVotes) -> tuple[Tensor, Tensor]:
    return wanted.rotations, wanted.rotations * wanted.rotations.new_tensor(_TWIN)


def _dense(votes: Votes, off_m: Tensor, apart: Tensor, wanted: WantedVotes) -> Tensor:
    there = (votes.heat > -1e3).float()
    counts = wanted.counts[:, None].float() * there[..., None]
    twin_too = torch.where(wanted.twins[:, None, None], apart.amin(dim=3), apart[..., 0])
    missed = functional.smooth_l1_loss(
        off_m / VOTE_M, torch.zeros_like(off_m), reduction="none", beta=0.1
    ).sum(-1)
    return ((missed + 0.25 * twin_too) * counts).sum() / counts.sum()
