"""Counts in fixed buckets."""

from __future__ import annotations

import math

import pytest

from clap_core.histogram import RECENT, Histogram


def test_every_sample_is_counted_in_its_bucket() -> None:
    histogram = Histogram((5, 10))
    for sample in (0.1, 5.0, 5.1, 10.0, 10.1, 1e9):
        histogram.add(sample)
    assert histogram.counts == (2, 2, 2)
    assert histogram.total == 6
    assert histogram.text() == "<=5:2 <=10:2 >10:2"


def test_counts_are_for_ever_and_percentiles_of_late() -> None:
    histogram = Histogram((5,))
    assert math.isnan(histogram.percentile(50))
    for _ in range(RECENT):
        histogram.add(1.0)
    for _ in range(RECENT):
        histogram.add(9.0)
    assert histogram.counts == (RECENT, RECENT)
    assert histogram.percentile(1) == 9.0


def test_its_figures_have_the_median_and_the_tail() -> None:
    histogram = Histogram((5, 100))
    for sample in range(1, 102):
        histogram.add(sample)
    assert histogram.figures("latency_ms") == {
        "latency_ms": "<=5:5 <=100:95 >100:1",
        "latency_ms.p50": 51.0,
        "latency_ms.p95": 96.0,
    }


@pytest.mark.parametrize("edges", [(), (5, 5), (5, 4)])
def test_edges_must_ascend(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        Histogram(edges)


@pytest.mark.parametrize("sample", [math.nan, math.inf])
def test_what_is_not_finite_is_not_counted(sample: float) -> None:
    histogram = Histogram((5,))
    with pytest.raises(ValueError, match="finite"):
        histogram.add(sample)
    assert histogram.total == 0
