"""Demonstrated sentences and what they say of others."""

from __future__ import annotations

import pytest

from clap_core.task_types import Action, Relation, SubTask
from clap_learning.shown_plans.templates import Template, fill, tells_all, template_of

PRESS = (SubTask(Action.PRESS, "push the red button", "red button"),)
PUT = (
    SubTask(Action.GRASP, "grasp the red block", "red block"),
    SubTask(Action.MOVE, "put it", "red block", "", Relation.ON, "gray plate"),
)
DRAWER = (SubTask(Action.OPEN, "open the top drawer", "top drawer", "handle"),)


def shown(sentence: str, plan: tuple[SubTask, ...]) -> Template:
    template = template_of(sentence, plan)
    assert template is not None
    return template


@pytest.mark.parametrize("colour", ["blue", "dark olive green", "burgundy", "red"])
def test_another_colour_is_carried_over(colour: str) -> None:
    plan = fill(shown("Push the red button!", PRESS), f"push the {colour} button.")
    assert plan == (SubTask(Action.PRESS, f"push the {colour} button", f"{colour} button"),)


def test_two_colours_go_to_their_own_things() -> None:
    template = shown("put the red block on the gray plate", PUT)
    plan = fill(template, "put the gray block on the red plate")
    assert plan is not None
    assert [(step.object, step.reference) for step in plan] == [
        ("gray block", ""),
        ("gray block", "red plate"),
    ]


def test_another_order_is_carried_over_and_a_colour_is_none() -> None:
    template = shown("open the top drawer", DRAWER)
    assert fill(template, "open the middle bottom drawer") == (
        SubTask(Action.OPEN, "open the middle bottom drawer", "middle bottom drawer", "handle"),
    )
    assert fill(template, "open the red drawer") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "do not push the red button",
        "push the red button twice",
        "push the button",
        "push the wooden button",
        "push the red button then push the blue button",
        "",
    ],
)
def test_any_other_word_is_another_sentence(sentence: str) -> None:
    assert fill(shown("push the red button", PRESS), sentence) is None


def test_a_word_that_the_plan_leaves_out_stays() -> None:
    template = shown("push the red button on the white table", PRESS)
    assert fill(template, "push the blue button on the white table") is not None
    assert fill(template, "push the blue button on the black table") is None


def test_a_plan_that_knows_more_than_was_said_does_not_hold_elsewhere() -> None:
    assert tells_all("push the red button", PRESS)
    assert not tells_all("push the button", PRESS)
    assert template_of("push the button", PRESS) == Template("push the button", PRESS)


def test_one_word_of_two_things_is_not_carried_over() -> None:
    assert template_of("push the red button below the red lamp", PRESS) is None
