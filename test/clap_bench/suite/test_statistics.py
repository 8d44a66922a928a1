"""Confidence intervals, against published values."""

from __future__ import annotations

import pytest

from clap_bench.suite.scoring.statistics import bootstrap, wilson


@pytest.mark.parametrize(
    ("successes", "episodes", "interval"),
    [
        (8, 10, (0.4902, 0.9433)),
        (1, 10, (0.0179, 0.4042)),
        (0, 20, (0.0, 0.1611)),
        (20, 20, (0.8389, 1.0)),
        (50, 100, (0.4038, 0.5962)),
    ],
)
def test_wilson(successes: int, episodes: int, interval: tuple[float, float]) -> None:
    assert wilson(successes, episodes) == pytest.approx(interval, abs=1e-4)


@pytest.mark.parametrize(("successes", "episodes"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_share(successes: int, episodes: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, episodes)


def test_bootstrap_is_about_the_normal_interval_for_many_variations() -> None:
    rates = [[0.0], [1.0]] * 50  # standard error of the mean: 0.05
    assert bootstrap(rates) == pytest.approx((0.402, 0.598), abs=0.01)


def test_bootstrap_is_the_same_each_time_and_in_the_rates_range() -> None:
    rates = [[0.2], [0.9], [1.0]]
    assert bootstrap(rates) == bootstrap(rates)
    assert 0.2 <= bootstrap(rates)[0] < bootstrap(rates)[1] <= 1.0
    assert bootstrap([[1.0], [1.0]]) == (1.0, 1.0)


def test_rates_that_go_together_say_less_than_as_many_apart() -> None:
    together = bootstrap([[0.0] * 5, [1.0] * 5] * 4)  # standard error of the mean: 0.177
    apart = bootstrap([[0.0], [1.0]] * 20)
    assert together == pytest.approx((0.125, 0.875), abs=0.01)
    assert together[0] < apart[0] < apart[1] < together[1]
