"""The page's link to a stack, over real DDS: tasks of others, tasks half over, stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rclpy.action import ActionClient

from clap_cli.stack import Client
from clap_console.page.feed import Feed
from clap_console.ros.running import WatchedStack
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import SubTask
from clap_ros.calls import run_action
from clap_ros.goals import WorkerActionServer

pytestmark = pytest.mark.timeout(120)
ACTION = "/task_executive/execute_task"
DEADLINE_S = 20.0


class Executive:
    """Serves tasks that go on until they are cancelled, or end when they are told to."""

    def __init__(self) -> None:
        self.client = Client("task_executive")
        self.go_on = threading.Event()
        self.server = WorkerActionServer(self.client.node, ExecuteTask, ACTION, self._execute)

    def _execute(
        self, goal: Any, cancelled: threading.Event, feedback: Callable[[Any], None]
    ) -> ExecuteTask.Result:
        if goal.instruction == "fly":
            raise ClapError(ErrorCode.IMPOSSIBLE, "it cannot fly", "Say something else")
        while not cancelled.wait(0.1):
            subtask = SubTask(action="grasp", text="grasp it")
            feedback(ExecuteTask.Feedback(stage="acting", index=1, count=3, subtask=subtask))
            if self.go_on.is_set():
                return ExecuteTask.Result(duration_s=1.5)
        raise ClapError(ErrorCode.CANCELED, "canceled", "Send it again")

    def close(self) -> None:
        self.server.destroy()
        self.client.close()


@pytest.fixture
def executive() -> Iterator[Executive]:
    made = Executive()
    yield made
    made.close()


@pytest.fixture
def person() -> Iterator[Client]:
    with Client("somebody") as made:
        yield made


class Link:
    """A page's link, and what it has told."""

    def __init__(self) -> None:
        self.client = Client("clap_console")
        self.feed = Feed()
        self.stack = WatchedStack(self.client.node, "/", ACTION, self.feed, 60.0, list)

    @property
    def task(self) -> dict[str, Any]:
        return self.stack._story.snapshot()["task"] or {"state": "", "steps": []}

    def wait(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + DEADLINE_S
        while not condition(self.task):
            assert time.monotonic() < deadline, self.task
            time.sleep(0.02)
        return self.task

    def close(self) -> None:
        self.stack.close()
        self.client.close()


@pytest.fixture
def link(executive: Executive) -> Iterator[Link]:
    made = Link()
    yield made
    made.close()


def give(person: Client, instruction: str) -> threading.Thread:
    """Somebody else's task."""
    task = ActionClient(person.node, ExecuteTask, ACTION)
    goal = ExecuteTask.Goal(instruction=instruction)
    thread = threading.Thread(target=run_action, args=(task, goal, 60.0))
    thread.start()
    return thread


def test_a_sentence_of_the_page_is_stopped_and_tells_how_it_ended(link: Link) -> None:
    link.stack.say("pick it up")
    link.wait(lambda task: len(task["steps"]) == 3)
    assert [one["code"] for one in link.stack.stop()] == ["CANCELED"]
    task = link.wait(lambda task: task["state"] == "failed")
    assert (task["code"], task["instruction"]) == ("CANCELED", "pick it up")
    assert link.stack.stop() == []


def test_what_is_refused_is_answered_at_once_and_shown(link: Link) -> None:
    with pytest.raises(ClapError, match="it cannot fly"):
        link.stack.say("fly")
    assert link.task["code"] == "IMPOSSIBLE"


def test_a_page_that_starts_in_mid_task_shows_it_and_its_end(
    executive: Executive, person: Client
) -> None:
    thread = give(person, "pick it up")
    first = Link()
    first.wait(lambda task: task["state"] == "running" and len(task["steps"]) == 3)
    second = Link()
    try:
        task = second.wait(lambda task: len(task["steps"]) == 3)
        assert [step["state"] for step in task["steps"]] == ["done", "running", "waiting"]
        first.close()
        executive.go_on.set()
        task = second.wait(lambda task: task["state"] == "done")
        assert task["seconds"] == 1.5
    finally:
        second.close()
        thread.join(DEADLINE_S)


def test_a_second_sentence_is_refused_and_the_first_goes_on(link: Link, person: Client) -> None:
    thread = give(person, "pick it up")
    link.wait(lambda task: len(task["steps"]) == 3)
    with pytest.raises(ClapError, match="another goal is running"):
        link.stack.say("press it")
    assert link.task["state"] == "running"
    link.stack.stop()
    thread.join(DEADLINE_S)
    assert not thread.is_alive() and link.task["code"] == "CANCELED"


def test_without_a_stack_nothing_is_said_and_the_cure_is_named() -> None:
    link = Link()
    try:
        with pytest.raises(ClapError, match=r"no stack is running.*clap launch sim"):
            link.stack.say("pick it up")
        with pytest.raises(ClapError) as caught:
            link.stack.stop()
        assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    finally:
        link.close()
