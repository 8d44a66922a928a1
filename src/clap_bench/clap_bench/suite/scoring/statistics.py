"""Confidence intervals of success rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Z_95 = 1.959963984540054
"""Quantile of the normal distribution for a two-sided interval of 95 %."""

RESAMPLES = 10_000
"""Of the bootstrap; their seed is fixed, so that equal rates give equal intervals."""

DIGITS = 4
"""Of rates in reports."""

Interval = tuple[float, float]


def wilson(successes: int, episodes: int) -> Interval:
    """Wilson's score interval of 95 % for a share.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    1927. Unlike the normal approximation it is not a point at 0 and 1.

    Raises:
        ValueError: there are no episodes.
    """
    if not 0 <= successes <= episodes or episodes == 0:
        raise ValueError(f"{successes} successes in {episodes} episodes")
    share, z2 = successes / episodes, Z_95**2
    middle = share + z2 / (2 * episodes)
    half = Z_95 * np.sqrt(share * (1 - share) / episodes + z2 / (4 * episodes**2))
    scale = 1 + z2 / episodes
    low = 0.0 if successes == 0 else (middle - half) / scale
    high = 1.0 if successes == episodes else (middle + half) / scale
    return _rounded(low, high)


def bootstrap(groups: Sequence[Sequence[float]]) -> Interval:
    """Interval of 95 % for the mean of all rates: percentiles of means over resampled groups.

    Rates of one group are drawn together: variations of one task fail together. It says how much
    the mean would differ with other groups like these. Source: A. C. Davison and D. V. Hinkley,
    "Bootstrap Methods and their Application", 1997, section 3.8.

    Args:
        groups: the rates of each.
    """
    sums = np.array([sum(group) for group in groups], dtype=float)
    sizes = np.array([len(group) for group in groups], dtype=float)
    chosen = np.random.default_rng(0).integers(len(groups), size=(RESAMPLES, len(groups)))
    means = sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return _rounded(low, high)


def _rounded(low: float, high: float) -> Interval:
    return round(float(low), DIGITS), round(float(high), DIGITS)
