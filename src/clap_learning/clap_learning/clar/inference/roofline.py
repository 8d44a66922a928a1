"""The least time that a CPU could take for the encoder: its arithmetic at the CPU's best rate.

Williams et al., "Roofline: an insightful visual performance model", CACM 2009, with the roof of
arithmetic alone: memory traffic, activations and everything else are taken as free.
"""

from __future__ import annotations

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from clap_learning.clar.encoder import ClarEncoder

SIDE = 1024
"""Of the square matrices whose product shows the best rate: large enough to reach it, small
enough to stay in the caches."""

TRIES = 30


def flop_of(encoder: ClarEncoder) -> int:
    """Floating-point operations of the matrix products for one cloud's tokens."""
    config = encoder.config
    centers = torch.zeros(1, config.patches, 3)
    points = torch.zeros(1, config.patches, config.patch_points, 6)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        encoder.eval().tokens(centers, points)
    return int(counter.get_total_flops())


def best_flops() -> float:
    """Operations a second of the fastest product of float32 matrices, with PyTorch's threads."""
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    out = torch.empty(SIDE, SIDE)
    best_s = float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        torch.mm(left, right, out=out)
        best_s = min(best_s, time.perf_counter() - start)
    return 2.0 * SIDE**3 / best_s
