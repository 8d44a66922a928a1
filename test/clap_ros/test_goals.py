"""Worker action server and blocking calls, over real DDS."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from action_msgs.msg import GoalStatus
from goal_graph import DEADLINE_S, Graph, Worker, until
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future

from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_msgs.srv import PlanTask
from clap_ros import calls, standstill
from clap_ros.calls import UnconfirmedStopError, call_service, run_action
from clap_ros.goals import WorkerActionServer


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph()
    yield graph
    graph.close()


def test_a_goal_runs_and_gives_feedback(graph: Graph) -> None:
    Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    heard: list[str] = []
    status, result = run_action(
        client,
        ExecuteTask.Goal(instruction="hello"),
        DEADLINE_S,
        on_feedback=lambda message: heard.append(message.text),
    )
    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, ErrorCode.SUCCESS)
    assert heard == ["hello"]


def test_cancel_ends_the_goal_before_it_returns(graph: Graph) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    cancelled = threading.Event()
    threading.Thread(target=lambda: worker.started.wait(DEADLINE_S) and cancelled.set()).start()
    with pytest.raises(ClapError) as caught:
        run_action(client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S, cancelled)
    assert caught.value.code is ErrorCode.CANCELED
    assert worker.server._running is None


def test_stop_early_returns_the_result(graph: Graph) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    status, result = run_action(
        client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S, stop_early=worker.started
    )
    assert (status, result.error_code) == (GoalStatus.STATUS_CANCELED, ErrorCode.CANCELED)


def test_a_second_goal_is_told_that_the_server_is_busy(graph: Graph) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    first = threading.Thread(
        target=run_action,
        args=(client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S, None, None),
        kwargs={"stop_early": (done := threading.Event())},
    )
    first.start()
    assert worker.started.wait(DEADLINE_S)
    _, second = run_action(client, ExecuteTask.Goal(instruction="hello"), DEADLINE_S)
    done.set()
    first.join(DEADLINE_S)
    assert second.error_code == ErrorCode.BUSY
    _, third = run_action(client, ExecuteTask.Goal(instruction="hello"), DEADLINE_S)
    assert third.error_code == ErrorCode.SUCCESS


def test_a_defect_ends_the_goal_and_not_the_node(graph: Graph) -> None:
    Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    _, result = run_action(client, ExecuteTask.Goal(instruction="crash"), DEADLINE_S)
    assert result.error_code == ErrorCode.INTERNAL
    assert "a defect" in result.error_msg


def test_an_absent_service_is_named(graph: Graph) -> None:
    client = graph.client_node.create_client(PlanTask, "nowhere/plan")
    with pytest.raises(ClapError) as caught:
        call_service(client, PlanTask.Request(), timeout_s=0.3)
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    assert "nowhere/plan" in caught.value.message


def test_a_service_that_never_answers_times_out(graph: Graph) -> None:
    other = rclpy.Context()
    rclpy.init(context=other)
    silent = Node("silent", context=other)  # never spun
    silent.create_service(PlanTask, "silent/plan", lambda request, response: response)
    client = graph.client_node.create_client(PlanTask, "silent/plan")
    with pytest.raises(ClapError) as caught:
        call_service(client, PlanTask.Request(), timeout_s=3.0)
    assert caught.value.code is ErrorCode.TIMEOUT
    silent.destroy_node()
    rclpy.shutdown(context=other)


MUTE_SERVER = """
import rclpy
from rclpy.node import Node
from clap_msgs.srv import PlanTask
rclpy.init()
node = Node("mute")
node.create_service(PlanTask, "mute/plan", lambda request, response: response)
print("ready", flush=True)
input()
"""


def test_a_server_that_is_killed_while_it_works_is_named(graph: Graph) -> None:
    mute = subprocess.Popen(
        [sys.executable, "-c", MUTE_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "ROS_DOMAIN_ID": str(graph.context.get_domain_id())},
    )
    assert mute.stdout is not None and mute.stdout.readline()
    client = graph.client_node.create_client(PlanTask, "mute/plan")
    assert client.wait_for_service(DEADLINE_S)
    killer = threading.Timer(0.3, mute.kill)
    killer.start()
    with pytest.raises(ClapError) as caught:
        call_service(client, PlanTask.Request(), timeout_s=60.0)
    killer.join()
    mute.wait()
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE


def test_a_server_that_is_replaced_while_it_works_is_named(graph: Graph) -> None:
    """As when a launch starts a killed node again before anybody has noticed."""
    first, second = rclpy.Context(), rclpy.Context()
    for context in (first, second):
        rclpy.init(context=context)
    mute = Node("mute", context=first)  # neither is spun
    mute.create_service(PlanTask, "replaced/plan", lambda request, response: response)
    client = graph.client_node.create_client(PlanTask, "replaced/plan")
    assert client.wait_for_service(DEADLINE_S)
    newcomer = Node("newcomer", context=second)
    start = threading.Timer(
        0.3,
        newcomer.create_service,
        args=(PlanTask, "replaced/plan", lambda request, response: response),
    )
    start.start()
    with pytest.raises(ClapError) as caught:
        call_service(client, PlanTask.Request(), DEADLINE_S, graph=graph.client_node)
    start.join()
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    for node, context in ((mute, first), (newcomer, second)):
        node.destroy_node()
        rclpy.shutdown(context=context)


def test_a_server_that_only_seems_to_be_gone_is_cancelled(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    is_ready = client.server_is_ready
    monkeypatch.setattr(
        client, "server_is_ready", lambda: is_ready() and not worker.started.is_set()
    )
    with pytest.raises(ClapError) as caught:
        run_action(client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S)
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    assert not isinstance(caught.value, UnconfirmedStopError)
    assert not worker.server.busy


def test_a_goal_whose_result_cannot_be_asked_for_is_cancelled(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    send = calls._on_executor

    def fail_for_the_result(client: ActionClient, request: Any, name: str) -> Any:
        if request.__name__ == "get_result_async":
            raise calls._unavailable(name, "seems to be gone")
        return send(client, request, name)

    monkeypatch.setattr(calls, "_on_executor", fail_for_the_result)
    with pytest.raises(UnconfirmedStopError) as caught:
        run_action(client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S)
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    assert worker.started.is_set()
    until(lambda: not worker.server.busy)


@pytest.mark.parametrize("stop", ["cancelled", "stop_early"])
def test_a_goal_that_ended_while_its_result_got_lost_is_known_to_have_ended(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    monkeypatch.setattr(ClientGoalHandle, "get_result_async", lambda _: Future())
    end = threading.Event()

    def end_what_has_ended() -> None:
        until(lambda: worker.started.is_set() and not worker.server.busy)
        end.set()

    ender = threading.Thread(target=end_what_has_ended)
    ender.start()
    with pytest.raises(ClapError) as caught:
        run_action(client, ExecuteTask.Goal(), DEADLINE_S, **{stop: end})
    ender.join()
    assert not isinstance(caught.value, UnconfirmedStopError)
    assert caught.value.code is (ErrorCode.CANCELED if stop == "cancelled" else ErrorCode.TIMEOUT)


def test_what_was_given_up_before_it_was_sent_is_never_sent(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")
    assert client.wait_for_server(DEADLINE_S)
    blocked, free = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        free.wait(DEADLINE_S)

    graph.executor.create_task(block)
    assert blocked.wait(DEADLINE_S)
    monkeypatch.setattr(calls, "ACCEPT_TIMEOUT_S", 0.3)
    with pytest.raises(ClapError) as caught:
        run_action(client, ExecuteTask.Goal(instruction="late"), DEADLINE_S)
    assert caught.value.code is ErrorCode.TIMEOUT
    free.set()
    monkeypatch.undo()
    run_action(client, ExecuteTask.Goal(instruction="next"), DEADLINE_S)
    assert worker.instructions == ["next"]


def test_a_goal_during_which_its_node_stood_still_is_ended(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standstill, "STANDSTILL_S", 0.5)
    worker = Worker(graph)
    client = ActionClient(graph.client_node, ExecuteTask, "task")

    def stand_still(_: Any) -> None:
        graph.executor.create_task(lambda: time.sleep(1.0))

    status, result = run_action(
        client, ExecuteTask.Goal(instruction="wait"), DEADLINE_S, on_feedback=stand_still
    )
    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, ErrorCode.TIMEOUT)
    assert "/server stood still for 1 s" in result.error_msg
    assert result.error_msg.endswith("canceled. Send it again.")
    assert not worker.server.busy
    _, result = run_action(client, ExecuteTask.Goal(instruction="next"), DEADLINE_S)
    assert result.error_code == ErrorCode.SUCCESS


def test_a_goal_that_nobody_answers_is_cancelled_and_said_to_be_unanswered(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "ACCEPT_TIMEOUT_S", 0.5)
    other = rclpy.Context()
    rclpy.init(context=other)
    late = Node("late", context=other)
    executor = SingleThreadedExecutor(context=other)
    executor.add_node(late)
    ended: list[ErrorCode] = []

    def execute(goal: Any, cancelled: threading.Event, feedback: Any) -> ExecuteTask.Result:
        ended.append(ErrorCode.CANCELED if cancelled.wait(DEADLINE_S) else ErrorCode.SUCCESS)
        return ExecuteTask.Result(error_code=int(ended[0]))

    server = WorkerActionServer(late, ExecuteTask, "late_task", execute)
    client = ActionClient(graph.client_node, ExecuteTask, "late_task")
    with pytest.raises(ClapError) as caught:
        run_action(client, ExecuteTask.Goal(), DEADLINE_S)
    assert caught.value.code is ErrorCode.TIMEOUT
    assert "late_task did not answer" in caught.value.message

    deadline = time.monotonic() + DEADLINE_S
    while not ended and time.monotonic() < deadline:
        executor.spin_once(timeout_sec=0.1)  # only now it hears of the goal, and of its cancel
    assert ended == [ErrorCode.CANCELED]
    server.destroy()
    executor.shutdown()
    late.destroy_node()
    rclpy.shutdown(context=other)
