"""Silence of cameras at the start, and after the clock was set."""

from __future__ import annotations

import pytest

from clap_perception.cloud_fusion.start_up import StartUp

S = 1_000_000_000
PATIENCE_S, TIMEOUT_S, TICK_NS = 5.0, 0.5, S // 10


def watch(start_up: StartUp, begin_ns: int, seconds: float) -> int:
    """Look ten times a second; returns the time of the last look."""
    now_ns = begin_ns
    for now_ns in range(begin_ns, begin_ns + round(seconds * S) + 1, TICK_NS):
        assert start_up.note_time(now_ns) is False
    return now_ns


def test_cameras_get_their_time_and_no_more() -> None:
    start_up = StartUp(PATIENCE_S, TIMEOUT_S, 0)
    assert start_up.is_waiting(watch(start_up, 0, 5.0))
    assert not start_up.is_waiting(watch(start_up, 5 * S, 0.2))


def test_after_the_first_frame_silence_is_a_fault() -> None:
    start_up = StartUp(PATIENCE_S, TIMEOUT_S, 0)
    start_up.note_frame()
    assert not start_up.is_waiting(watch(start_up, 0, 1.0))


@pytest.mark.parametrize("begin_s", [0.6, 3.0, 1e9])
def test_a_replays_first_clock_begins_the_wait_anew(begin_s: float) -> None:
    """Simulated time stands at 0 until the recording's time comes."""
    start_up = StartUp(PATIENCE_S, TIMEOUT_S, 0)
    begin_ns = round(begin_s * S)
    assert start_up.note_time(begin_ns) is True
    assert start_up.is_waiting(watch(start_up, begin_ns, 4.9))
    assert not start_up.is_waiting(watch(start_up, begin_ns + 49 * TICK_NS, 0.3))


@pytest.mark.parametrize("to_s", [-100.0, 100.0])
def test_a_clock_that_is_set_later_begins_it_anew_too(to_s: float) -> None:
    start_up = StartUp(PATIENCE_S, TIMEOUT_S, 0)
    start_up.note_frame()
    assert start_up.note_time(round(to_s * S)) is True
    assert start_up.is_waiting(round(to_s * S))


def test_a_node_that_stood_still_cannot_know_but_waits_no_longer_than_usual() -> None:
    start_up = StartUp(PATIENCE_S, TIMEOUT_S, 0)
    start_up.note_frame()
    assert start_up.note_time(2 * S) is True
    assert not start_up.is_waiting(2 * S)
