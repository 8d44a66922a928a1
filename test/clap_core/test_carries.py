"""Which steps of a plan bring one thing to one place."""

from __future__ import annotations

import pytest

from clap_baseline.planner import GrammarPlanner
from clap_core.carries import carry_from

PLANNER = GrammarPlanner()


@pytest.mark.parametrize(
    ("instruction", "index", "end"),
    [
        ("put the red mug next to the plate", 0, 4),
        ("press the button, then put the mug on the plate and press the button", 1, 5),
        ("put the mug on the plate and the block in the bowl", 4, 8),
    ],
)
def test_a_carry_goes_from_the_approach_to_the_release(
    instruction: str, index: int, end: int
) -> None:
    plan = PLANNER.plan(instruction)
    carry = carry_from(plan, index)
    assert carry is not None
    assert carry.end == end
    assert carry.move.reference
    assert carry.move.object == plan[index].object


@pytest.mark.parametrize(
    ("instruction", "index"),
    [
        ("pick up the red mug", 0),  # wanted in the hand
        ("pick up and set down the white block", 0),  # put down where it was
        ("put the red mug next to the plate", 1),  # begins before
        ("press the button", 0),
        ("approach the mug, then press the button", 0),
    ],
)
def test_what_has_no_place_to_stand_at_is_no_carry(instruction: str, index: int) -> None:
    assert carry_from(PLANNER.plan(instruction), index) is None
