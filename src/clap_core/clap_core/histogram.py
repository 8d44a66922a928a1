"""Counts of a quantity in fixed buckets, with recent percentiles."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import deque
from collections.abc import Sequence

import numpy as np

RECENT = 1000
"""Samples that percentiles are taken over."""


class Histogram:
    """Counts every sample since it was made; percentiles are those of the last `RECENT` samples.

    Args:
        edges: ascending upper bounds. A sample on an edge counts below it; one above the last
            edge counts in a bucket of its own.

    Raises:
        ValueError: if the edges do not ascend.
    """

    def __init__(self, edges: Sequence[float]) -> None:
        if not edges or any(a >= b for a, b in itertools.pairwise(edges)):
            raise ValueError(f"edges must ascend, got {tuple(edges)}")
        self.edges = tuple(float(edge) for edge in edges)
        self._counts = [0] * (len(self.edges) + 1)
        self._recent: deque[float] = deque(maxlen=RECENT)

    @property
    def counts(self) -> tuple[int, ...]:
        """Samples in each bucket; the last one is of those above the last edge."""
        return tuple(self._counts)

    @property
    def total(self) -> int:
        """All samples."""
        return sum(self._counts)

    def add(self, sample: float) -> None:
        """Count one sample.

        Raises:
            ValueError: if it is not finite.
        """
        if not math.isfinite(sample):
            raise ValueError(f"a sample must be finite, got {sample}")
        self._counts[bisect.bisect_left(self.edges, sample)] += 1
        self._recent.append(float(sample))

    def percentile(self, percent: float) -> float:
        """The percentile of the last samples; NaN while there are none."""
        return float(np.percentile(self._recent, percent)) if self._recent else math.nan

    def text(self) -> str:
        """The counts as ``"<=5:12 <=10:3 >10:0"``."""
        names = [f"<={edge:g}" for edge in self.edges] + [f">{self.edges[-1]:g}"]
        return " ".join(f"{name}:{count}" for name, count in zip(names, self._counts, strict=True))

    def figures(self, name: str) -> dict[str, object]:
        """The counts, p50 and p95, under keys that begin with `name`, for /diagnostics."""
        return {
            name: self.text(),
            f"{name}.p50": self.percentile(50),
            f"{name}.p95": self.percentile(95),
        }
