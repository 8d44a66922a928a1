"""Demonstrations are tried on each other, and what they lack is said."""

from dataclasses import replace

import pytest
from taught_things import BLUE, TAKE, demonstration, jar

from clap_learning.skills.advice import next_demonstration, reason_to_doubt
from clap_learning.skills.trial import StepReport, cross_validated

LIKE = [demonstration(at, yaw, jar((0.6, 0.25), BLUE))
        for at, yaw in (((0.5, 0.1), 0.3), ((0.42, -0.1), -0.4), ((0.55, -0.05), 0.1))]  # fmt: skip


def test_alike_ones_foretell_each_other() -> None:
    (step,) = cross_validated(LIKE)
    assert (step.text, step.tried, step.not_found) == (TAKE.text, 3, ())
    assert step.place_mm is not None and step.place_mm < 8.0
    assert step.hand_mm is not None and step.hand_mm < 10.0
    assert step.hand_deg is not None and step.hand_deg < 6.0
    assert reason_to_doubt(step) == ""


def test_one_whose_thing_is_elsewhere_is_named() -> None:
    gone = demonstration((0.45, 0.2), 0.0)
    odd = replace(gone, name="odd", clouds=demonstration((0.6, -0.25), 1.0).clouds)
    (step,) = cross_validated([*LIKE, odd])
    assert step.not_found == ("odd",)
    assert "odd" in reason_to_doubt(step)
    assert "odd" in next_demonstration([*LIKE, odd], [step])


def test_of_a_single_one_nothing_is_told() -> None:
    assert cross_validated(LIKE[:1]) == ()


def test_a_hand_that_comes_out_elsewhere_is_unsure() -> None:
    step = StepReport(text="turn it", tried=4, hand_mm=40.0, hand_deg=3.0)
    assert "40 mm" in reason_to_doubt(step) and "degrees" not in reason_to_doubt(step)


def test_the_place_that_nobody_showed_is_asked_for() -> None:
    assert "y = -0.35" in next_demonstration([demonstration((0.5, 0.25), 0.0)], [])


@pytest.mark.parametrize(("count", "turned"), [(2, True), (10, False)])
def test_ten_all_over_the_table_are_enough(count: int, turned: bool) -> None:
    places = [(x, y) for y in (-0.28, -0.14, 0.0, 0.14, 0.28) for x in (0.42, 0.62)]
    taught = [demonstration(places[k % 10], 0.0) for k in range(10)]
    advice = next_demonstration(taught if count == 10 else taught[:2], [])
    assert bool(advice) == turned
