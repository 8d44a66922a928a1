"""``clap say`` against a scripted executive, over real DDS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from clap_cli import stack_choice
from clap_cli.__main__ import main
from clap_cli.narrator import Narrator
from clap_cli.stack import Client
from clap_cli.stack_choice import choose, find_stack
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import KeyAction, Keypoint, SubTask, SubTaskResult
from clap_ros import calls
from clap_ros.goals import WorkerActionServer

DEADLINE_S = 20.0
SUBTASK = SubTask(action="press", text="press the button", object="button")


class FakeExecutive:
    """Does what the instruction's first word says."""

    def __init__(self, namespace: str = "/") -> None:
        self.instructions: list[str] = []
        self.started = threading.Event()
        self.stopped = threading.Event()
        self.let_go = threading.Event()
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self._node = Node("task_executive", context=self._context, namespace=namespace)
        self._server = WorkerActionServer(self._node, ExecuteTask, "~/execute_task", self._execute)
        self.heard = threading.Event()
        self.heard.set()
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.1)

    def _execute(
        self, goal: Any, cancelled: threading.Event, feedback: Callable[[Any], None]
    ) -> ExecuteTask.Result:
        self.instructions.append(goal.instruction)
        keypoint = Keypoint(label="red button cap", confidence=0.75)
        keypoint.header.frame_id = "base"
        keypoint.point.x = 0.5
        action = KeyAction(text="down to the button")
        common = {"index": 0, "count": 1, "subtask": SUBTASK}
        feedback(ExecuteTask.Feedback(stage="planning", text="planning"))
        feedback(ExecuteTask.Feedback(stage="looking", text="looking", **common))
        feedback(
            ExecuteTask.Feedback(
                stage="acting", text=action.text, keypoint=keypoint, action=action, **common
            )
        )
        self.started.set()
        assert self.heard.wait(DEADLINE_S)
        if goal.instruction == "wait":
            assert cancelled.wait(DEADLINE_S)
            self.stopped.set()
            raise ClapError(ErrorCode.CANCELED, "canceled", "Say it again")
        if goal.instruction == "stick":
            assert self.let_go.wait(DEADLINE_S)
        if goal.instruction == "fail":
            raise ClapError(ErrorCode.UNREACHABLE, "too far away", "Move it closer")
        feedback(ExecuteTask.Feedback(stage="done", text="press the button: done", **common))
        done = SubTaskResult(subtask=SUBTASK, keypoint=keypoint, actions=[action], attempts=1)
        return ExecuteTask.Result(subtasks=[done], duration_s=1.5)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(DEADLINE_S)
        self._server.destroy()
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)


@pytest.fixture
def executive() -> Iterator[FakeExecutive]:
    executive = FakeExecutive()
    yield executive
    executive.close()


@pytest.fixture
def arms() -> Iterator[dict[str, FakeExecutive]]:
    """Two stacks, each in its namespace."""
    arms = {name: FakeExecutive(name) for name in ("/left", "/lab/right")}
    yield arms
    for arm in arms.values():
        arm.close()


def interrupt_when(event: threading.Event) -> threading.Thread:
    """Send this process a Ctrl-C as soon as an event is set."""

    def interrupt() -> None:
        assert event.wait(DEADLINE_S)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


def test_tells_the_story_and_succeeds(
    executive: FakeExecutive,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The result waits here until the feedback was heard: it travels by another way."""
    executive.heard.clear()
    tell = Narrator.on_feedback

    def hear(narrator: Narrator, feedback: ExecuteTask.Feedback) -> None:
        tell(narrator, feedback)
        if feedback.stage == "acting":
            executive.heard.set()

    monkeypatch.setattr(Narrator, "on_feedback", hear)
    assert main(["say", "press", "the button"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "planning",
        "1/1 press the button",
        "    keypoint  red button cap at (0.500, 0.000, 0.000) m in base, confidence 0.75",
        "    action    down to the button",
        "    outcome   done",
        "done in 1.5 s",
    ]


def test_json_stands_alone_on_stdout(
    executive: FakeExecutive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "--json", "press the button"]) == 0
    output = capsys.readouterr()
    summary = json.loads(output.out)
    assert summary["success"] is True
    assert summary["subtasks"][0]["point_m"] == [0.5, 0.0, 0.0]
    assert summary["subtasks"][0]["actions"] == ["down to the button"]
    assert "outcome   done" in output.err


def test_a_failure_is_told_with_its_cure(
    executive: FakeExecutive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "--json", "fail"]) == 1
    output = capsys.readouterr()
    assert "UNREACHABLE: too far away. Move it closer." in output.err
    assert json.loads(output.out)["error_code"] == "UNREACHABLE"


def test_without_a_stack_it_says_how_to_start_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_choice, "STACK_TIMEOUT_S", 0.3)
    assert main(["say", "--json", "press the button"]) == 2
    output = capsys.readouterr()
    assert "./clap launch sim" in output.err
    assert json.loads(output.out)["error_code"] == "NODE_UNAVAILABLE"


def test_ctrl_c_cancels_and_waits_until_the_arm_has_stopped(
    executive: FakeExecutive, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupter = interrupt_when(executive.started)
    assert main(["say", "wait"]) == 1
    assert executive.stopped.is_set()
    interrupter.join(DEADLINE_S)
    output = capsys.readouterr().out
    assert "stopping the arm" in output
    assert "CANCELED" in output
    assert signal.getsignal(signal.SIGINT) is before
    assert main(["say", "press the button"]) == 0


def test_a_second_ctrl_c_leaves_without_waiting(executive: FakeExecutive) -> None:
    asked = threading.Event()
    first = interrupt_when(executive.started)
    second = threading.Thread(
        target=lambda: (
            first.join(DEADLINE_S),
            asked.wait(0.5),
            os.kill(os.getpid(), signal.SIGINT),
        )
    )
    second.start()
    assert main(["say", "stick"]) == 130
    second.join(DEADLINE_S)
    executive.let_go.set()


SAY = [sys.executable, "-c", "from clap_cli.__main__ import main; main(['say', 'wait'])"]


def test_a_task_whose_say_was_killed_goes_on_until_it_is_stopped(
    executive: FakeExecutive, capsys: pytest.CaptureFixture[str]
) -> None:
    sayer = subprocess.Popen(SAY, stdout=subprocess.DEVNULL)
    assert executive.started.wait(DEADLINE_S)
    sayer.kill()
    sayer.wait(DEADLINE_S)
    assert not executive.stopped.is_set()
    assert main(["say", "--stop"]) == 0
    assert executive.stopped.is_set()
    told = capsys.readouterr().out
    assert "/task_executive/execute_task: stopped a task" in told
    assert "CANCELED: canceled" in told
    assert main(["say", "press the button"]) == 0


def test_stop_where_nothing_runs_says_so(
    executive: FakeExecutive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "--stop"]) == 0
    assert "no task runs" in capsys.readouterr().out


def test_stop_stops_all_arms_or_the_named_one(
    arms: dict[str, FakeExecutive], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who wants a stop is not asked which."""

    def wait_on(namespace: str) -> None:
        arms[namespace].started.clear()
        arms[namespace].stopped.clear()
        sayer = subprocess.Popen(
            [*SAY[:2], SAY[2].replace("'wait'", f"'--namespace', '{namespace}', 'wait'")]
        )
        sayers.append(sayer)
        assert arms[namespace].started.wait(DEADLINE_S)

    sayers: list[subprocess.Popen[bytes]] = []
    for namespace in arms:
        wait_on(namespace)
    assert main(["say", "--stop", "--namespace", "/left"]) == 0
    assert arms["/left"].stopped.is_set() and not arms["/lab/right"].stopped.is_set()
    wait_on("/left")
    capsys.readouterr()
    assert main(["say", "--stop", "--json"]) == 0
    assert all(arm.stopped.is_set() for arm in arms.values())
    told = json.loads(capsys.readouterr().out)
    assert {
        task["stack"].removesuffix("/task_executive/execute_task") for task in told["stopped"]
    } == set(arms)
    for sayer in sayers:
        sayer.wait(DEADLINE_S)


def test_a_task_that_does_not_end_is_not_called_stopped(
    executive: FakeExecutive,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls, "CANCEL_TIMEOUT_S", 0.5)
    sayer = subprocess.Popen([*SAY[:2], SAY[2].replace("wait", "stick")])
    assert executive.started.wait(DEADLINE_S)
    assert main(["say", "--stop"]) == 2
    assert "did not confirm that it stopped" in capsys.readouterr().out
    executive.let_go.set()
    sayer.wait(DEADLINE_S)


@pytest.mark.parametrize("words", [[], ["--stop", "pick up the red mug"]])
def test_stop_and_a_sentence_are_never_meant_together(words: list[str]) -> None:
    assert main(["say", *words]) == 2


def test_with_two_arms_it_asks_which(
    arms: dict[str, FakeExecutive], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "--json", "press the button"]) == 2
    output = capsys.readouterr()
    assert "in the namespaces /lab/right, /left" in output.err
    assert "--namespace /lab/right" in output.err
    assert json.loads(output.out)["error_code"] == "INVALID_REQUEST"
    assert not any(arm.instructions for arm in arms.values())


class SlowGraph:
    """A node on a busy machine: a second stack's node shows long before what it serves."""

    looks = 0

    def get_node_names_and_namespaces(self) -> list[tuple[str, str]]:
        return [("task_executive", "/left"), ("task_executive", "/right"), ("say", "/")]

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        self.looks += 1
        seen = ("/left",) if self.looks < 6 else ("/left", "/right")
        kind = ["clap_msgs/action/ExecuteTask_SendGoal"]
        return [(f"{it}/task_executive/execute_task/_action/send_goal", kind) for it in seen]

    def count_services(self, name: str) -> int:
        return 1


def test_an_arm_that_is_only_half_seen_is_not_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_choice, "SETTLE_S", 0.1)
    graph: Any = SlowGraph()
    with pytest.raises(ClapError, match="in the namespaces /left, /right"):
        find_stack(graph, None, threading.Event())


@pytest.mark.parametrize("name", ["/left", "left", "lab/right/"])
def test_the_named_arm_obeys_and_no_other(arms: dict[str, FakeExecutive], name: str) -> None:
    assert main(["say", "--namespace", name, "press the button"]) == 0
    heard = {other: arm.instructions for other, arm in arms.items() if arm.instructions}
    assert heard == {f"/{name.strip('/')}": ["press the button"]}


def test_an_arm_that_is_not_there_is_told_with_those_that_are(
    arms: dict[str, FakeExecutive],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stack_choice, "STACK_TIMEOUT_S", 2.0)
    assert main(["say", "--namespace", "middle", "press the button"]) == 2
    told = capsys.readouterr().out
    assert "in the namespace /middle; stacks run in: /lab/right, /left" in told
    assert not any(arm.instructions for arm in arms.values())


def test_the_only_arm_needs_no_name_wherever_it_is() -> None:
    arm = FakeExecutive("/left")
    try:
        assert main(["say", "press the button"]) == 0
        assert arm.instructions == ["press the button"]
    finally:
        arm.close()


def test_a_stack_is_what_serves_the_action_not_what_asks_for_it() -> None:
    arm = FakeExecutive("/left")
    try:
        with Client("asking") as client:
            asking = ActionClient(client.node, ExecuteTask, "/right/task_executive/execute_task")
            assert find_stack(client.node, None, threading.Event()).startswith("/left/")
            asking.destroy()
    finally:
        arm.close()


@pytest.mark.parametrize(
    ("found", "wanted", "told"),
    [
        ((), None, "no stack is running"),
        ((), "/left", "/left/task_executive/execute_task"),
        (("/", "/left"), None, "--namespace /left"),
        (("/",), "/left", "stacks run in: /"),
    ],
)
def test_no_stack_is_guessed(found: tuple[str, ...], wanted: str | None, told: str) -> None:
    with pytest.raises(ClapError) as caught:
        choose(found, wanted)
    assert told in caught.value.message
