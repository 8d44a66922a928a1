"""Nothing that words say is dropped: it is in the plan, or it is refused."""

from __future__ import annotations

import pytest

from clap_baseline.planner import GrammarPlanner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action

PLANNER = GrammarPlanner()


def grasped(instruction: str) -> list[str]:
    """Names of what is picked up."""
    return [step.object for step in PLANNER.plan(instruction) if step.action is Action.GRASP]


def moves(instruction: str) -> list[tuple[str, str, str]]:
    """What is put where."""
    return [
        (step.object, step.relation.value, step.reference)
        for step in PLANNER.plan(instruction)
        if step.action is Action.MOVE and step.reference
    ]


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("the second mug from the left", "second mug from left"),
        ("the mug that is third from the right", "third mug from right"),
        ("the left-most mug", "left mug"),
        ("the mug on the right", "right mug"),
        ("the mug that is closest to you", "near mug"),
        ("the biggest of the mugs", "large mug"),
        ("the mug in the middle", "middle mug"),
        ("the mug which is burgundy", "burgundy mug"),
        ("the dark-blue mug", "dark blue mug"),
        ("any of the mugs", "any mug"),
        ("the mug coloured red", "red mug"),
        ("the mug of burgundy colour", "burgundy mug"),
    ],
)
def test_which_one_is_in_the_name(phrase: str, name: str) -> None:
    assert grasped(f"pick up {phrase}") == [name]
    assert moves(f"put the block next to {phrase}") == [("block", "next_to", name)]


@pytest.mark.parametrize(
    ("instruction", "names"),
    [
        (
            "put the left mug next to the plate, then pick up the other mug",
            ["left mug", "mug other than left mug"],
        ),
        (
            "put the left mug next to the plate, then pick it up",
            ["left mug", "left mug put down before"],
        ),
        (
            "put the left mug next to the plate and pick up the one you just put down",
            ["left mug", "left mug put down before"],
        ),
        ("put both mugs on the tray", ["first of 2 mug", "second of 2 mug"]),
        ("put two mugs on the tray", ["any mug", "mug other than any mug"]),
        ("put the red mug on the plate, then pick it up", ["red mug", "red mug"]),
    ],
)
def test_what_was_moved_is_told_from_the_rest(instruction: str, names: list[str]) -> None:
    assert grasped(instruction) == names


def test_how_often_is_done_as_often() -> None:
    plan = PLANNER.plan("press the red button three times")
    assert [step.action for step in plan] == [Action.PRESS] * 3


@pytest.mark.parametrize(
    ("instruction", "code", "word"),
    [
        ("move the red mug 30 cm to the left of the plate", ErrorCode.IMPOSSIBLE, "30 cm"),
        ("move the red mug 30cm to the left of the plate", ErrorCode.IMPOSSIBLE, "30cm"),
        ("open the drawer half way", ErrorCode.IMPOSSIBLE, "half"),
        ("pick up the mug slowly", ErrorCode.IMPOSSIBLE, "slowly"),
        ("press the button for five seconds", ErrorCode.IMPOSSIBLE, "five seconds"),
        ("open the drawer three times", ErrorCode.IMPOSSIBLE, "3 times"),
        ("pick up the transparent mug", ErrorCode.IMPOSSIBLE, "transparent"),
        ("pick up the block that is wooden", ErrorCode.IMPOSSIBLE, "wooden"),
        ("pick up anna's mug", ErrorCode.IMPOSSIBLE, "anna"),
        ("pick up the third mug", ErrorCode.NOT_UNDERSTOOD, "from the left"),
        ("pick up the other mug", ErrorCode.NOT_UNDERSTOOD, "other than which"),
        ("put all mugs on the plate", ErrorCode.NOT_UNDERSTOOD, "all"),
        ("put the mugs on the plate", ErrorCode.NOT_UNDERSTOOD, "mugs"),
        ("put three mugs on the plate", ErrorCode.NOT_UNDERSTOOD, "3"),
        ("push the mug off the table", ErrorCode.IMPOSSIBLE, "off"),
        ("put the mug on the floor", ErrorCode.IMPOSSIBLE, "floor"),
        ("push the block towards the person", ErrorCode.IMPOSSIBLE, "person"),
        ("cut the bread with the knife", ErrorCode.IMPOSSIBLE, "cut"),
        ("pick up the mug with the stick", ErrorCode.IMPOSSIBLE, "stick"),
        ("push the block with the mug onto the plate", ErrorCode.IMPOSSIBLE, "mug"),
        ("put the cat in the box", ErrorCode.IMPOSSIBLE, "cat"),
        ("hit the ball", ErrorCode.IMPOSSIBLE, "hit"),
        ("pick up the cheapest mug", ErrorCode.IMPOSSIBLE, "cheapest"),
        ("put the mug exactly on the plate", ErrorCode.NOT_UNDERSTOOD, "exactly"),
        ("place the mug upside down on the plate", ErrorCode.NOT_UNDERSTOOD, "upside"),
        ("press and hold the button", ErrorCode.IMPOSSIBLE, "button"),
        ("set the speed to the maximum", ErrorCode.IMPOSSIBLE, "speed"),
        ("the red mug. open the drawer", ErrorCode.NOT_UNDERSTOOD, "red mug"),
    ],
)
def test_what_cannot_be_honoured_is_named(instruction: str, code: ErrorCode, word: str) -> None:
    with pytest.raises(ClapError) as caught:
        PLANNER.plan(instruction)
    assert caught.value.code is code
    assert word in caught.value.reason
    assert caught.value.cure


def test_what_has_to_be_open_is_opened_once_and_before_the_hand_is_full() -> None:
    plan = PLANNER.plan("pick up the block and put it in the top drawer, then the can")
    assert [step.action for step in plan].count(Action.OPEN) == 1
    assert (plan[0].action, plan[0].object) == (Action.OPEN, "top drawer")
    safe = PLANNER.plan("put the money in the safe")
    assert Action.OPEN not in {step.action for step in safe}


def test_order_may_be_said_backwards() -> None:
    for instruction in (
        "press the blue button after the green button",
        "before you press the blue button, press the green one",
        "after pressing the green button, press the blue one",
    ):
        assert [step.object for step in PLANNER.plan(instruction)] == [
            "green button",
            "blue button",
        ]


def test_a_part_may_be_said_after_the_grasp() -> None:
    plan = PLANNER.plan("pick up the mug, holding it by the handle")
    assert [step.part for step in plan if step.action is Action.GRASP] == ["handle"]


def test_right_beside_is_no_right_mug() -> None:
    assert moves("place the red mug right beside the plate") == [("red mug", "next_to", "plate")]
