"""Matching items of several channels by their stamps."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clap_perception.cloud_fusion.synchroniser import BACKLOG, StampSynchroniser

MS = 1_000_000


def synchroniser(tolerance_ms: float = 40.0) -> StampSynchroniser[str, str]:
    return StampSynchroniser("abc", round(tolerance_ms * MS))


def feed(
    synchroniser: StampSynchroniser[str, str], arrivals: Iterable[tuple[str, float]]
) -> list[dict[str, float]]:
    """The sets of stamps in ms that come out, one look after each arrival."""
    sets = []
    for channel, stamp_ms in arrivals:
        synchroniser.add(channel, round(stamp_ms * MS), f"{channel}{round(stamp_ms * MS)}")
        found = synchroniser.take("abc")
        if found is not None:
            assert all(one.item == f"{name}{one.stamp_ns}" for name, one in found.items())
            sets.append({name: one.stamp_ns / MS for name, one in found.items()})
    return sets


def same(stamp: float) -> dict[str, float]:
    return {"a": stamp, "b": stamp, "c": stamp}


@given(st.permutations("abc"), st.permutations("abc"))
def test_equal_stamps_find_each_other_in_any_order(first: list[str], second: list[str]) -> None:
    arrivals = [(name, 0) for name in first] + [(name, 33) for name in second]
    assert feed(synchroniser(), arrivals) == [same(0), same(33)]


def test_a_lost_image_shifts_nobody_for_good() -> None:
    """Within the tolerance b's next image may stand in once, but later sets match exactly."""
    arrivals = [("a", 0), ("c", 0)]  # b's is lost
    arrivals += [(name, stamp) for stamp in (33, 66, 99, 132) for name in "bac"]
    sets = feed(synchroniser(), arrivals)
    assert sets[0] == {"a": 0, "b": 33, "c": 0}
    assert sets[1:] == [same(66), same(99), same(132)]


def test_only_the_newest_set_is_given() -> None:
    waiting = synchroniser()
    for stamp in (0, 33, 66):
        for name in "abc":
            waiting.add(name, stamp * MS, f"{name}{stamp}")
    found = waiting.take("abc")
    assert found is not None
    assert {one.item for one in found.values()} == {"a66", "b66", "c66"}
    assert waiting.take("abc") is None


@given(st.integers(0, 2**31), st.sampled_from([10.0, 33.0, 66.0]))
def test_free_running_cameras_are_matched_within_the_tolerance(seed: int, period: float) -> None:
    random = np.random.default_rng(seed)
    phases = dict(zip("abc", random.uniform(0, period, 3), strict=True))
    latency = dict(zip("abc", random.uniform(0, period, 3), strict=True))
    shots = [
        (float(shot * period + phase), name) for shot in range(12) for name, phase in phases.items()
    ]
    shots.sort(key=lambda shot: shot[0] + latency[shot[1]])
    sets = feed(synchroniser(period), [(name, stamp) for stamp, name in shots])
    assert len(sets) >= 4
    for found in sets:
        assert max(found.values()) - min(found.values()) <= period
    for name in "abc":
        stamps = [found[name] for found in sets]
        assert stamps == sorted(set(stamps)), "an image was used twice or out of order"


def test_beyond_the_tolerance_there_is_no_set() -> None:
    arrivals = [
        (name, 100 * shot + shift)
        for shot in range(5)
        for name, shift in (("a", 0), ("b", 0), ("c", 50))
    ]
    assert feed(synchroniser(), arrivals) == []


def test_channels_that_are_not_wanted_are_not_waited_for() -> None:
    waiting = synchroniser()
    waiting.add("a", 0, "a0")
    waiting.add("b", 0, "b0")
    assert waiting.take("abc") is None
    assert waiting.take("") is None
    found = waiting.take("ab")
    assert found is not None
    assert set(found) == {"a", "b"}


def test_time_that_begins_again_is_followed() -> None:
    arrivals = [(name, 60_000) for name in "abc"] + [(name, 1_000) for name in "abc"]
    assert feed(synchroniser(), arrivals) == [same(60_000), same(1_000)]


def test_late_and_repeated_stamps_are_ignored() -> None:
    arrivals = [("a", 33), ("a", 0), ("a", 33), ("b", 33), ("c", 33), ("a", 33)]
    assert feed(synchroniser(), arrivals) == [same(33)]


def test_a_set_that_was_ahead_keeps_nothing_out() -> None:
    arrivals = [(name, stamp) for stamp in (433, 33, 66) for name in "abc"]
    assert feed(synchroniser(), arrivals) == [same(433), same(33), same(66)]


def test_a_stamp_that_is_ahead_keeps_nothing_out() -> None:
    """One frame of a is stamped ahead: those that follow it are matched all the same."""
    arrivals = [("a", 433)]
    arrivals += [(name, stamp) for stamp in (33, 66, 99) for name in "abc"]
    assert feed(synchroniser(), arrivals) == [same(33), same(66), same(99)]


def test_one_channel_that_jumps_back_disturbs_no_other() -> None:
    waiting = synchroniser()
    feed(waiting, [(name, 60_000) for name in "abc"])
    feed(waiting, [("b", 60_033), ("c", 60_033), ("a", 1_000)])
    found = waiting.take("bc")
    assert found is not None
    assert {one.stamp_ns for one in found.values()} == {60_033 * MS}


class Image:
    """Something that a test can see being let go."""


def test_a_channel_whose_others_are_silent_lets_its_old_items_go() -> None:
    waiting: StampSynchroniser[str, Image] = StampSynchroniser("abc", 40 * MS)
    images = weakref.WeakSet[Image]()
    for stamp in range(100):
        image = Image()
        images.add(image)
        waiting.add("a", stamp * MS, image)
        assert waiting.take("abc") is None
    del image
    assert len(images) == BACKLOG


@pytest.mark.parametrize("take", [True, False])
def test_clear_forgets(take: bool) -> None:
    waiting = synchroniser()
    for name in "abc":
        waiting.add(name, 0, name)
    if take:
        waiting.take("abc")
    waiting.clear()
    assert waiting.take("abc") is None
    assert feed(waiting, [(name, 0) for name in "abc"]) == [same(0)]
