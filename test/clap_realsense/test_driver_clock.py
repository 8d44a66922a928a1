"""From a camera's clock to the computer's."""

from __future__ import annotations

import numpy as np

from clap_realsense.driver.clock import DeviceClock

PERIOD_MS = 1000 / 15
HOST_NS = 1_800_000_000_000_000_000
"""When the camera's clock was 0, on the computer's clock."""


def error_ms(stamp_ns: int, device_ms: float, started_ns: int = HOST_NS) -> float:
    return (stamp_ns - started_ns) / 1e6 - device_ms


def test_the_least_delay_counts_not_the_present_one() -> None:
    clock = DeviceClock()
    delays_ms = 3.0 + np.random.default_rng(0).exponential(10.0, 150)
    delays_ms[7] = 3.0
    for number, delay_ms in enumerate(delays_ms):
        taken_ms = number * PERIOD_MS
        stamp = clock.stamp_ns(taken_ms, HOST_NS + round((taken_ms + delay_ms) * 1e6))
        if number >= 7:
            assert abs(error_ms(stamp, taken_ms) - 3.0) < 0.001


def test_a_crystal_that_drifts_is_followed() -> None:
    clock, drift = DeviceClock(), 1.00005
    for number in range(15 * 120):
        true_ms = number * PERIOD_MS
        stamp = clock.stamp_ns(true_ms * drift, HOST_NS + round((true_ms + 2.0) * 1e6))
        assert abs(error_ms(stamp, true_ms) - 2.0) < 0.6


def test_a_clock_that_wraps_round_or_restarts_is_met_anew() -> None:
    clock = DeviceClock()
    wrap_ms = 2**32 / 1000
    clock.stamp_ns(wrap_ms - 10.0, HOST_NS)
    arrival_ns = HOST_NS + 66_000_000
    assert clock.stamp_ns(56.0, arrival_ns) == arrival_ns


def test_a_computer_whose_clock_was_set_is_followed_at_once() -> None:
    for step_ns in (-3600_000_000_000, 3600_000_000_000):
        clock = DeviceClock()
        clock.stamp_ns(1000.0, HOST_NS)
        arrival_ns = HOST_NS + 66_000_000 + step_ns
        assert clock.stamp_ns(1066.0, arrival_ns) == arrival_ns
