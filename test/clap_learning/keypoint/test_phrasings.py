"""Sub-tasks in other words."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from clap_core.plan_schema import check_plan
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.phrasings import phrasings

GRASP = SubTask(Action.GRASP, "grasp the red cup", "red cup")
OPEN = SubTask(Action.OPEN, "open the top drawer", "top drawer", "handle")
PUT = SubTask(
    Action.MOVE, "put the light bulb in the lamp", "rose light bulb", "", Relation.IN, "lamp"
)


def said(subtask: SubTask, count: int = 200) -> tuple[SubTask, ...]:
    return phrasings(subtask, count, random.Random(0))


@pytest.mark.parametrize("subtask", [GRASP, OPEN, PUT])
def test_the_authors_own_words_come_first_and_every_other_is_a_sub_task(subtask: SubTask) -> None:
    others = said(subtask)
    assert others[0] == subtask
    assert len(others) == 200
    assert len(set(others)) > 8
    for other in others:
        check_plan("", [replace(other, text=other.text or "it has no text")])


def test_colours_and_relations_stay() -> None:
    assert {"red cup", "red mug"} == {other.object for other in said(GRASP)}
    assert all(other.relation is Relation.IN for other in said(PUT))
    assert {other.object for other in said(PUT)} == {"rose light bulb", "rose bulb"}


def test_to_grasp_begins_with_coming_near() -> None:
    assert {other.action for other in said(GRASP)} == {Action.GRASP, Action.APPROACH}
    assert {other.action for other in said(OPEN)} == {Action.OPEN}


def test_by_what_something_opens_may_be_left_out() -> None:
    assert {other.part for other in said(OPEN)} == {"", "handle"}


def test_some_have_no_text() -> None:
    assert any(not other.text for other in said(GRASP))


def test_the_same_draw_says_the_same() -> None:
    assert said(GRASP) == said(GRASP)
