"""Plans say what for; a file knows how."""

from __future__ import annotations

from pathlib import Path

import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.shown_plans.handling import load_handling, worked_out

KNOWN = load_handling()


def said(plan: tuple[SubTask, ...]) -> list[str]:
    return [" ".join((step.action.value, step.object, step.part)).strip() for step in plan]


def step(action: Action, name: str, part: str = "") -> SubTask:
    return SubTask(action, f"{action.value} the {name}", name, part)


def put(name: str, relation: Relation, reference: str) -> tuple[SubTask, ...]:
    words = f"{relation.value} the {reference}"
    return (
        SubTask(Action.GRASP, f"grasp the {name}", name),
        SubTask(Action.MOVE, f"move the {name} {words}", name, "", relation, reference),
        SubTask(Action.RELEASE, f"release the {name}", name),
    )


def test_a_drawer_is_opened_by_its_handle_before_something_is_put_in() -> None:
    plan = (step(Action.OPEN, "bottom drawer"), *put("block", Relation.IN, "bottom drawer"))
    worked = worked_out(plan, KNOWN)
    assert said(worked)[:4] == [
        "grasp bottom drawer handle", "open bottom drawer handle", "release bottom drawer handle",
        "grasp block",
    ]  # fmt: skip
    assert worked[3:] == plan[1:]
    check_plan("", worked)


@pytest.mark.parametrize(
    ("name", "moving"),
    [
        ("fridge", "fridge door"),
        ("red refrigerator", "red fridge door"),
        ("microwave oven", "microwave door"),
        ("freezer", "freezer door"),
        ("white door", "white door"),
    ],
)
def test_what_moves_is_named_with_what_tells_it_from_others(name: str, moving: str) -> None:
    worked = worked_out([step(Action.OPEN, name)], KNOWN)
    assert {one.object for one in worked} == {moving}
    assert (
        worked[0].action is Action.GRASP and worked[0].text == f"grasp the handle of the {moving}"
    )


def test_a_lid_is_pulled_over_and_pressed_down() -> None:
    assert said(worked_out([step(Action.CLOSE, "box")], KNOWN)) == [
        "approach box lid", "close box lid", "press box lid",
    ]  # fmt: skip


def test_steps_that_a_plan_says_itself_are_left() -> None:
    plan = (step(Action.GRASP, "drawer", "handle"), step(Action.OPEN, "drawer", "handle"))
    assert worked_out(plan, KNOWN) == plan


def test_what_nobody_knows_is_left() -> None:
    plan = (step(Action.OPEN, "umbrella"), step(Action.PRESS, "button"))
    assert worked_out(plan, KNOWN) == plan


def test_a_plan_with_a_full_hand_is_left() -> None:
    grasp, move, release = put("block", Relation.IN, "drawer")
    plan = (grasp, step(Action.OPEN, "drawer"), move, release)
    assert worked_out(plan, KNOWN) == plan


def test_cups_go_into_cups_and_blocks_onto_blocks() -> None:
    into = worked_out(put("red cup", Relation.ON, "blue cup"), KNOWN)
    onto = worked_out(put("red block", Relation.ON, "blue block"), KNOWN)
    assert into[1].relation is Relation.IN
    assert onto[1].relation is Relation.ON


def set_down(name: str) -> tuple[SubTask, ...]:
    lift = SubTask(Action.MOVE, f"lift the {name}", name, "", Relation.UP)
    return step(Action.GRASP, name), lift, step(Action.RELEASE, name)


def test_a_tower_that_nobody_says_where_to_build_begins_on_the_pad() -> None:
    plan = (*set_down("red block"), *put("blue block", Relation.ON, "red block"))
    worked = worked_out(plan, KNOWN)
    assert worked[1] == SubTask(
        Action.MOVE, "move the red block onto the pad", "red block", "", Relation.ON, "pad"
    )
    assert (*worked[:1], *worked[2:]) == (*plan[:1], *plan[2:])


@pytest.mark.parametrize(
    "plan",
    [
        set_down("red block"),
        (*set_down("red block"), *put("blue block", Relation.ON, "green block")),
        (*set_down("red block"), *put("blue block", Relation.NEXT_TO, "red block")),
        (*set_down("plate"), *put("blue block", Relation.ON, "plate")),
    ],
)
def test_what_nothing_is_built_on_is_set_down_where_it_was(plan: tuple[SubTask, ...]) -> None:
    assert worked_out(plan, KNOWN) == plan


def test_a_laboratory_adds_its_own(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("- things: [glove box]\n  open: [grasp latch, turn latch, open latch]\n")
    worked = worked_out([step(Action.OPEN, "left glove box")], load_handling(file))
    assert said(worked) == [
        "grasp left glove box latch", "turn left glove box latch", "open left glove box latch",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["- things: []\n", "- things: [box]\n  open: [wiggle lid]\n", "- [", "- tings: [box]\n"],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(text)
    with pytest.raises(ClapError) as caught:
        load_handling(file)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert str(file) in caught.value.message
