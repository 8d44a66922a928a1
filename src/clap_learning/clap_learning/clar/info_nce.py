"""Contrast: which of many belongs to which (InfoNCE; van den Oord et al. 2018, equation 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

COLDEST, WARMEST = 0.01, 1.0
"""Bounds of a learned temperature; CLIP's is 0.01 (Radford et al. 2021, section 2.5)."""

SETTLED = 200
"""Batches of which the statistics of a teacher's features are taken."""


class Temperature(nn.Module):
    """A learned temperature, held between ``COLDEST`` and ``WARMEST``.

    Args:
        start: its first value.
    """

    def __init__(self, start: float) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1.0 / start)))

    def forward(self) -> Tensor:
        """The factor of the logits, one over the temperature.

        The parameter itself is put back between the bounds, so that it never gets stuck beyond
        one where there is no gradient.
        """
        with torch.no_grad():
            self.log_scale.clamp_(math.log(1.0 / WARMEST), math.log(1.0 / COLDEST))
        return self.log_scale.exp()


class Standardise(nn.Module):
    """Takes from frozen features what they have in common: mean and spread of each channel.

    A network's features share a large component, so that any two are nearly parallel; without
    this, cosines say little. The statistics are of a frozen teacher and nothing of them is
    learned, so they give the student no way to collapse. They are those of the first
    ``SETTLED`` batches: a frozen teacher's do not change.

    Args:
        channels: of the features.
    """

    mean: Tensor
    variance: Tensor
    batches: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("batches", torch.zeros((), dtype=torch.long))

    @property
    def is_learning(self) -> bool:
        """Whether `update` does anything still."""
        return self.training and int(self.batches) < SETTLED

    @torch.no_grad()
    def update(self, features: Tensor) -> None:
        """Learn from features [N, channels], in training; none, or one, tell nothing."""
        if not self.is_learning or len(features) < 2:
            return
        features = features.float()
        self.batches += 1
        share = 1.0 / self.batches
        self.mean.lerp_(features.mean(dim=0), share)
        self.variance.lerp_(features.var(dim=0, unbiased=False), share)

    def forward(self, features: Tensor) -> Tensor:
        """Features [..., channels] with mean 0 and variance 1 in each channel."""
        return (features - self.mean) / (self.variance + 1e-6).sqrt()


def info_nce(
    first: Tensor,
    second: Tensor,
    scale: Tensor | float,
    taking_part: Tensor | None = None,
    same: Tensor | None = None,
    excluded: Tensor | None = None,
) -> Tensor:
    """How badly rows of two sets of features find each other, both ways.

    In several processes the candidates are the rows of all of them; each must bring as many.

    Args:
        first, second: [N, D]; row i of one belongs to row i of the other.
        scale: factor of the cosines, one over the temperature.
        taking_part: [N] bool; others are neither looked for nor candidates.
        same: [N, D'] frozen features of unit length; rows whose features are equal mean the same,
            so that they are no negatives of each other.
        excluded: [N, N] bool, symmetric; pairs of this process's rows that are no negatives of
            each other.

    Returns:
        The mean cross-entropy, in float32 whatever the precision around it. Zero, with a gradient
        of zero, when nothing takes part, or when there is no negative.
    """
    device_type = first.device.type
    with torch.autocast(device_type, enabled=False):
        first = functional.normalize(first.float(), dim=-1)
        second = functional.normalize(second.float(), dim=-1)
        count = len(first)
        if taking_part is None:
            taking_part = torch.ones(count, dtype=torch.bool, device=first.device)
        candidates = gather_rows(taking_part)
        own = torch.arange(count, device=first.device) + count * _rank()
        blocked = ~candidates | ~taking_part[:, None]
        if same is not None:
            blocked |= same @ gather_rows(same).T > 1.0 - 1e-4
        if excluded is not None:
            blocked[:, count * _rank() : count * (_rank() + 1)] |= excluded
        blocked[torch.arange(count, device=first.device), own] = False
        logits = (scale * first @ gather_rows(second).T).masked_fill(blocked, float("-inf"))
        if _together():
            back = (scale * second @ gather_rows(first).T).masked_fill(blocked, float("-inf"))
        else:
            back = logits.T
        right = logits.diagonal(count * _rank())
        wrong = 0.5 * (logits.logsumexp(dim=1) + back.logsumexp(dim=1))
        # What takes no part has a gradient still, of zero.
        return torch.where(taking_part, wrong - right, 0.0 * right).sum() / (
            taking_part.sum().clamp(min=1)
        )


class _GatherRows(torch.autograd.Function):
    """Rows of all processes; gradients go back to the process that a row is of."""

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, rows: Tensor) -> Tensor:
        gathered = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
        distributed.all_gather(gathered, rows.contiguous())
        return torch.cat(gathered)

    @staticmethod
    def backward(context: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous()
        distributed.all_reduce(total)
        return total.chunk(distributed.get_world_size())[_rank()]


def gather_rows(rows: Tensor) -> Tensor:
    """[N, ...] of this process to [N * processes, ...] of all, with gradients; ordered by rank."""
    if not _together():
        return rows
    if rows.dtype == torch.bool:  # Which NCCL does not send.
        return gather_rows(rows.to(torch.uint8)).bool()
    gathered: Tensor = _GatherRows.apply(rows)  # type: ignore[no-untyped-call]
    return gathered


def _together() -> bool:
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def _rank() -> int:
    return distributed.get_rank() if _together() else 0
