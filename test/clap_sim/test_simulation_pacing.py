"""The pace of simulated time, on a clock of our own."""

from __future__ import annotations

import pytest

from clap_franka.front.times import NS, Periodic
from clap_sim.simulation.pacing import Pacer


class Wall:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_real_time_is_waited_for() -> None:
    wall = Wall()
    pacer = Pacer(1.0, wall)
    assert pacer.delay_s(5.0) == 0.0
    wall.now_s += 0.004
    assert pacer.delay_s(5.01) == pytest.approx(0.006)


def test_half_speed_waits_twice_as_long() -> None:
    pacer = Pacer(0.5, Wall())
    pacer.delay_s(0.0)
    assert pacer.delay_s(0.01) == pytest.approx(0.02)


def test_as_fast_as_possible_never_waits_and_measures() -> None:
    wall = Wall()
    pacer = Pacer(0.0, wall)
    for i in range(100):
        assert pacer.delay_s(i * 0.2) == 0.0
        wall.now_s += 0.05
    assert pacer.achieved == pytest.approx(4.0, rel=0.05)


def test_a_stall_is_not_followed_by_a_rush() -> None:
    wall = Wall()
    pacer = Pacer(1.0, wall)
    pacer.delay_s(0.0)
    wall.now_s += 3.0
    assert pacer.delay_s(0.01) == 0.0
    assert pacer.delay_s(0.02) == pytest.approx(0.01)
    assert pacer.achieved < 0.1


def test_a_new_factor_starts_anew() -> None:
    wall = Wall()
    pacer = Pacer(1.0, wall)
    pacer.delay_s(0.0)
    pacer.factor = 2.0
    wall.now_s += 10.0
    assert pacer.delay_s(5.0) == 0.0
    assert pacer.delay_s(5.1) == pytest.approx(0.05)


def test_periods_do_not_drift_and_leave_out_what_is_missed() -> None:
    periodic = Periodic(30.0)
    due = [t for t in range(0, NS + 1, 10_000_000) if periodic.due(t)]
    assert len(due) == 30
    assert periodic.due(5 * NS)
    assert not periodic.due(5 * NS + 1)
    assert periodic.next_ns > 5 * NS
