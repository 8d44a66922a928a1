"""The small statistics that nodes report on /diagnostics."""

from __future__ import annotations

import pytest

from clap_ros.diagnostics import Rate


def rate_of(*times_s: float) -> Rate:
    rate = Rate(4)
    for time_s in times_s:
        rate.add(time_s)
    return rate


def test_a_steady_stream_has_its_rate_between_its_events_too() -> None:
    rate = rate_of(10.0, 10.1, 10.2, 10.3, 10.4, 10.5)
    assert rate.hz(10.5) == pytest.approx(10.0)
    assert rate.hz(10.59) == pytest.approx(10.0)
    assert rate.total == 6


@pytest.mark.parametrize(("silence_s", "hz"), [(0.2, 5.0), (1.0, 1.0), (100.0, 0.01)])
def test_the_rate_falls_while_nothing_comes(silence_s: float, hz: float) -> None:
    assert rate_of(10.0, 10.1, 10.2).hz(10.2 + silence_s) == pytest.approx(hz)


def test_after_the_clock_was_set_back_only_new_events_count() -> None:
    rate = rate_of(1000.0, 1000.1, 1000.2)
    assert rate.hz(3.0) == 0.0
    rate.add(3.0)
    assert rate.hz(3.0) == 0.0
    rate.add(3.5)
    assert rate.hz(3.5) == pytest.approx(2.0)
    assert rate.total == 5


@pytest.mark.parametrize("times_s", [(), (1.0,), (1.0, 1.0)])
def test_no_interval_is_no_rate(times_s: tuple[float, ...]) -> None:
    assert rate_of(*times_s).hz(1.0) == 0.0
