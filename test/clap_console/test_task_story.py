"""The story of a task, as it is heard, whoever gave it and whenever one begins to listen."""

from __future__ import annotations

from typing import Any

import pytest

from clap_console.page.task import Event, KeyPose, Point, StepResult, TaskStory

MUG = Point("red mug handle", (0.3, 0.2, 0.05), 0.9)
POSE = KeyPose("down", (0.3, 0.2, 0.1), (1.0, 0.0, 0.0, 0.0), "keep")
PLAN = ("approach the red mug", "grasp the red mug")


class Told:
    """A story with a clock that a test sets, and what was told of it last."""

    def __init__(self) -> None:
        self.now = 100.0
        self.shown: dict[str, Any] = {}
        self.story = TaskStory(self._take, lambda: self.now)

    def _take(self, shown: dict[str, Any]) -> None:
        self.shown = shown

    @property
    def task(self) -> dict[str, Any]:
        return self.shown["task"]

    def states(self) -> list[str]:
        return [step["state"] for step in self.task["steps"]]


@pytest.fixture
def told() -> Told:
    return Told()


def acting(index: int, text: str = "", stage: str = "acting", **more: Any) -> Event:
    return Event(stage, text, index, 2, PLAN[index], **more)


def test_a_task_from_plan_to_end(told: Told) -> None:
    told.story.began("a", "pick up the red mug")
    told.story.planned("pick up the red mug", PLAN)
    assert told.states() == ["waiting", "waiting"]
    told.story.heard("a", acting(0, point=MUG, pose=POSE))
    assert told.states() == ["running", "waiting"]
    assert told.task["pose"]["text"] == "down"
    told.now += 3.0
    told.story.heard("a", acting(0, stage="done"))
    assert told.states() == ["done", "waiting"] and told.task["pose"] is None
    assert told.task["steps"][0]["seconds"] == 3.0
    told.story.heard("a", acting(1))
    results = [StepResult(text, "SUCCESS", "", 1, 2.5) for text in PLAN]
    told.story.ended("a", "SUCCESS", "", 5.0, results)
    assert told.states() == ["done", "done"]
    assert (told.task["state"], told.task["seconds"]) == ("done", 5.0)
    assert told.story.running is None


def test_why_a_sub_task_failed_and_what_was_not_reached(told: Told) -> None:
    told.story.began("a", "pick up the red mug")
    told.story.planned("pick up the red mug", PLAN)
    told.story.heard("a", acting(0))
    told.story.heard("a", acting(0, "the hand was empty", "recovering"))
    assert told.task["steps"][0]["attempts"] == 2
    assert told.task["steps"][0]["why"] == "the hand was empty"
    result = StepResult(PLAN[0], "GRASP_FAILED", "nothing was between the fingers", 3, 9.0)
    told.story.ended("a", "GAVE_UP", "three tries", 9.0, [result])
    first, second = told.task["steps"]
    assert first["why"] == "GRASP_FAILED: nothing was between the fingers"
    assert (first["attempts"], second["state"]) == (3, "skipped")


def test_a_page_that_looks_in_mid_task_shows_what_went_before(told: Told) -> None:
    told.story.began("a", "")
    told.story.heard("a", acting(1, point=MUG))
    told.story.planned("pick up the red mug", PLAN)
    assert told.states() == ["done", "running"]
    assert told.task["instruction"] == "pick up the red mug"
    assert [step["text"] for step in told.task["steps"]] == list(PLAN)
    assert told.story.point == MUG


def test_a_plan_that_somebody_only_asked_for_changes_nothing(told: Told) -> None:
    told.story.planned("fly", ["fly"])
    assert told.shown == {}
    told.story.began("a", "pick up the red mug")
    told.story.planned("press the button", ["press the button"])
    assert told.task["steps"] == [] and told.task["instruction"] == "pick up the red mug"


def test_messages_of_other_goals_and_late_ones_are_left_out(told: Told) -> None:
    told.story.began("a", "one")
    told.story.began("b", "two")
    told.story.heard("b", acting(0))
    assert told.task["goal"] == "a" and told.task["steps"] == []
    told.story.ended("b", "BUSY", "another goal is running")
    assert told.story.running == "a"
    told.story.ended("a", "SUCCESS", "")
    told.story.heard("a", acting(0))
    told.story.ended("a", "CANCELED", "late")
    told.story.began("a", "one")
    assert told.task["state"] == "done" and told.task["steps"] == []


def test_a_task_that_is_being_stopped_says_so(told: Told) -> None:
    told.story.began("a", "one")
    told.story.heard("a", acting(0))
    told.story.stopping("a")
    assert told.task["state"] == "stopping" and told.story.running == "a"
    told.story.ended("a", "CANCELED", "canceled")
    assert told.task["state"] == "failed" and told.states()[0] == "failed"


def test_those_before_are_kept_the_newest_first_and_not_for_ever(told: Told) -> None:
    for number in range(20):
        told.story.began(str(number), f"sentence {number}")
        told.story.ended(str(number), "SUCCESS", "", 1.0)
    past = [one["instruction"] for one in told.shown["past"]]
    assert past[0] == "sentence 19" and len(past) == 8


def test_seconds_run_while_a_sub_task_does(told: Told) -> None:
    told.story.began("a", "one")
    told.story.heard("a", acting(0))
    told.now += 4.0
    shown = told.story.snapshot()["task"]
    assert shown["elapsed"] == 4.0 and shown["steps"][0]["elapsed"] == 4.0
    told.story.ended("a", "SUCCESS", "")
    assert told.story.snapshot()["task"]["elapsed"] is None


def test_a_look_at_everything_that_is_named_begins_no_sub_task(told: Told) -> None:
    told.story.began("a", "pick up the red mug")
    told.story.planned("pick up the red mug", PLAN)
    told.story.heard("a", acting(0, "looking for what was named", "grounding", point=MUG))
    assert told.states() == ["waiting", "waiting"] and told.story.point is None
    assert told.task["text"] == "looking for what was named"
