"""A stop for whoever's goal runs, over real DDS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from action_msgs.srv import CancelGoal
from goal_graph import DEADLINE_S, Graph, Worker, until
from rclpy.action import ActionClient, ActionServer, CancelResponse

from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_ros import calls
from clap_ros.calls import UnconfirmedStopError, cancel_all, run_action


@pytest.fixture
def graph() -> Iterator[Graph]:
    graph = Graph()
    yield graph
    graph.close()


class Sender:
    """Somebody else, who has sent a goal and waits for it."""

    def __init__(self, graph: Graph, worker: Worker, instruction: str) -> None:
        self.client = ActionClient(graph.client_node, ExecuteTask, "task")
        self.results: list[ExecuteTask.Result] = []
        self.stop = threading.Event()
        goal = ExecuteTask.Goal(instruction=instruction)
        self.thread = threading.Thread(target=self._send, args=(goal,))
        self.thread.start()
        assert worker.started.wait(DEADLINE_S)

    def _send(self, goal: ExecuteTask.Goal) -> None:
        _, result = run_action(self.client, goal, DEADLINE_S, stop_early=self.stop)
        self.results.append(result)

    def heard(self) -> ExecuteTask.Result:
        self.thread.join(DEADLINE_S)
        return self.results[0]


def stopper(graph: Graph) -> ActionClient:
    return ActionClient(graph.client_node, ExecuteTask, "task")


def test_a_goal_of_somebody_else_has_ended_when_it_returns(graph: Graph) -> None:
    worker = Worker(graph)
    sender = Sender(graph, worker, "wait")
    (result,) = cancel_all(stopper(graph), DEADLINE_S)
    assert not worker.server.busy
    assert result.error_code == ErrorCode.CANCELED
    assert sender.heard().error_code == ErrorCode.CANCELED


def test_two_stops_at_once_both_hear_how_the_task_ended(graph: Graph) -> None:
    worker = Worker(graph)
    sender = Sender(graph, worker, "wait")
    sender.stop.set()
    cancel_all(stopper(graph), DEADLINE_S)
    assert sender.heard().error_code == ErrorCode.CANCELED
    assert not worker.server.busy


def test_a_canceler_that_has_found_its_server_is_used_and_kept(graph: Graph) -> None:
    worker = Worker(graph)
    client = stopper(graph)
    canceler = calls.cancel_client(client)
    until(canceler.service_is_ready)
    for _ in range(2):
        worker.started.clear()
        sender = Sender(graph, worker, "wait")
        assert len(cancel_all(client, DEADLINE_S, canceler)) == 1
        assert sender.heard().error_code == ErrorCode.CANCELED


def test_where_nothing_runs_nothing_is_told(graph: Graph) -> None:
    worker = Worker(graph)
    run_action(stopper(graph), ExecuteTask.Goal(instruction="hello"), DEADLINE_S)
    assert worker.instructions == ["hello"]
    assert cancel_all(stopper(graph), DEADLINE_S) == []


def test_a_goal_that_is_being_cancelled_already_is_waited_for(graph: Graph) -> None:
    """A second stop must not say that all is still while the first one still waits."""
    worker = Worker(graph)
    sender = Sender(graph, worker, "stick")
    sender.stop.set()
    until(worker.server._cancelled.is_set)
    found: list[Any] = []
    second = threading.Thread(target=lambda: found.append(cancel_all(stopper(graph), DEADLINE_S)))
    second.start()
    second.join(2 * calls.LAST_CANCEL_TIMEOUT_S)
    assert second.is_alive() and worker.server.busy
    worker.let_go.set()
    second.join(DEADLINE_S)
    assert [result.error_code for result in found[0]] == [ErrorCode.CANCELED]
    assert sender.heard().error_code == ErrorCode.CANCELED


def test_a_goal_that_does_not_end_is_not_called_ended(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(graph)
    sender = Sender(graph, worker, "stick")
    with monkeypatch.context() as patched, pytest.raises(UnconfirmedStopError) as caught:
        patched.setattr(calls, "CANCEL_TIMEOUT_S", 0.3)
        cancel_all(stopper(graph), DEADLINE_S)
    assert caught.value.code is ErrorCode.TIMEOUT
    assert "press the user stop" in caught.value.message
    worker.let_go.set()
    sender.heard()


def test_a_server_that_refuses_to_cancel_is_not_called_still(graph: Graph) -> None:
    """rclcpp's servers answer ERROR_REJECTED where they refuse all; rclpy's tell nothing."""

    def refuse(_: CancelGoal.Request, answer: CancelGoal.Response) -> CancelGoal.Response:
        answer.return_code = CancelGoal.Response.ERROR_REJECTED
        return answer

    server = ActionServer(
        graph.server_node,
        ExecuteTask,
        "task",
        execute_callback=lambda _: ExecuteTask.Result(),
        cancel_callback=lambda _: CancelResponse.REJECT,
    )
    client = stopper(graph)
    assert client.wait_for_server(DEADLINE_S)
    answer = refuse(CancelGoal.Request(), CancelGoal.Response())
    with pytest.MonkeyPatch.context() as patched, pytest.raises(UnconfirmedStopError):
        patched.setattr(calls, "call_service", lambda *_: answer)
        cancel_all(client, DEADLINE_S)
    server.destroy()


def test_an_absent_server_is_named(graph: Graph) -> None:
    with pytest.raises(ClapError) as caught:
        cancel_all(stopper(graph), 0.3)
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
    assert "task" in caught.value.message
