"""Steps of demonstrations that plans say as one."""

from __future__ import annotations

from clap_core.task_types import Action, Relation, SubTask
from clap_learning.joined_steps import joined_steps


def step(action: Action, thing: str, *, part: str = "", to: str = "") -> SubTask:
    relation = Relation.ON if to else Relation.NONE
    return SubTask(action, f"{action.value} {thing} {to}", thing, part, relation, to)


DRAWER = (
    step(Action.GRASP, "top drawer", part="handle"),
    step(Action.OPEN, "top drawer", part="handle"),
)


def test_taking_the_handle_and_pulling_is_to_open() -> None:
    (joined,) = joined_steps(DRAWER)
    assert (joined.subtask, joined.first, joined.end) == (DRAWER[1], 0, 2)


def test_letting_go_belongs_to_it_and_the_next_grasp_does_not() -> None:
    plan = (*DRAWER, step(Action.RELEASE, "top drawer"), step(Action.GRASP, "block"))
    (joined,) = joined_steps(plan)
    assert (joined.first, joined.end) == (0, 3)


def test_what_comes_before_another_thing_does_not_belong_to_it() -> None:
    plan = (step(Action.GRASP, "block"), step(Action.RELEASE, "block"), *DRAWER)
    (joined,) = joined_steps(plan)
    assert joined.first == 2


def test_what_is_pushed_onto_a_place_is_pushed_towards_it() -> None:
    plan = (
        step(Action.APPROACH, "cube", to="red target"),
        step(Action.PUSH, "cube", to="red target"),
    )
    (joined,) = joined_steps(plan)
    assert joined.subtask.relation is Relation.TOWARDS
    assert joined.subtask.reference == "red target"


def test_a_tool_that_is_brought_to_what_it_pushes_belongs_to_pushing() -> None:
    plan = (
        step(Action.GRASP, "stick"),
        step(Action.MOVE, "stick", to="cube"),
        step(Action.PUSH, "cube", to="red target"),
    )
    (joined,) = joined_steps(plan)
    assert (joined.first, joined.end) == (1, 3)


def test_two_drawers_are_opened_one_after_the_other() -> None:
    other = (
        step(Action.GRASP, "bottom drawer", part="handle"),
        step(Action.OPEN, "bottom drawer", part="handle"),
    )
    assert [(one.first, one.end) for one in joined_steps(DRAWER + other)] == [(0, 2), (2, 4)]


def test_one_step_alone_is_not_joined() -> None:
    assert not list(joined_steps((step(Action.CLOSE, "door"), step(Action.PRESS, "button"))))
