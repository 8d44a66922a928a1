"""Blocking, deadline-bounded service and action calls, for worker threads.

Never use these in a callback: they wait for the node's executor, which spins elsewhere.
Deadlines run on the wall clock, so that they also end when a simulation dies.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus, GoalStatusArray
from action_msgs.srv import CancelGoal
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.client import Client
from rclpy.node import Node
from rclpy.qos import qos_profile_action_status_default
from rclpy.task import Future
from unique_identifier_msgs.msg import UUID

from clap_core.errors import ClapError, ErrorCode

POLL_S = 0.01
"""How often a waiting call looks whether it was cancelled; an arm stops that much later."""

ALIVE_POLL_S = 0.2
"""How often it looks whether its server still exists."""

DEAD_LOOKS = 2
"""So many looks in a row must miss the server: the graph is out of step with itself for a moment
while somebody joins or leaves it."""

ACCEPT_TIMEOUT_S = 10.0
"""How long a server may take to accept or refuse a goal."""

CANCEL_TIMEOUT_S = 5.0
"""How long a cancelled goal may take to end."""

LAST_CANCEL_TIMEOUT_S = 1.0
"""The same where most likely nobody answers: the server seems to be gone, or has not said so far
whether it takes the goal."""

_NO_SUCH_GOAL = (
    CancelGoal.Response.ERROR_UNKNOWN_GOAL_ID,
    CancelGoal.Response.ERROR_GOAL_TERMINATED,
)


class ReportedError(ClapError):
    """An error that another node reported: its message holds reason and cure already."""

    def __init__(self, code: int, message: str) -> None:
        known = code in {int(member) for member in ErrorCode}
        self._reported = message or f"error {code} without a message"
        super().__init__(ErrorCode(code) if known else ErrorCode.INTERNAL, self._reported, "")

    @property
    def message(self) -> str:
        """The message as it came."""
        return self._reported


def raise_reported(answer: Any) -> None:
    """Raise what a response or result of the stack reports in ``error_code``, if anything."""
    if answer.error_code != ErrorCode.SUCCESS:
        raise ReportedError(answer.error_code, answer.error_msg)


def call_service(
    client: Client,
    request: Any,
    timeout_s: float,
    cancelled: threading.Event | None = None,
    graph: Node | None = None,
) -> Any:
    """Call a service and wait for the answer.

    Args:
        client: of the service.
        request: its request message.
        timeout_s: for the server to appear and to answer, wall-clock seconds.
        cancelled: ends the wait when it is set.
        graph: a node that looks whether the server was killed and started again meanwhile;
            without it that is only noticed at the timeout.

    Raises:
        ClapError: NODE_UNAVAILABLE when the server is absent or dies, TIMEOUT, CANCELED.
    """
    name = client.srv_name
    deadline = time.monotonic() + timeout_s
    _wait_until(client.service_is_ready, name, deadline, cancelled)
    alive = client.service_is_ready
    if graph is not None:
        alive = _same_server(graph, name, client.service_is_ready)
    future = client.call_async(request)
    try:
        _wait_for(future, name, deadline, cancelled, alive)
    except ClapError:
        client.remove_pending_request(future)
        raise
    return future.result()


def run_action(
    client: ActionClient,
    goal: Any,
    timeout_s: float,
    cancelled: threading.Event | None = None,
    on_feedback: Callable[[Any], None] | None = None,
    stop_early: threading.Event | None = None,
    goal_id: UUID | None = None,
) -> tuple[int, Any]:
    """Send a goal and wait for its result.

    When `cancelled` or `stop_early` is set, the goal is cancelled and its end awaited, so that
    on return the server no longer moves. However the call ends, the goal is never left behind
    without a cancel: that a server seems gone, or does not answer in time, may be an error of
    discovery, or of this process, while what it moves goes on.

    Args:
        client: of the action.
        goal: its goal message.
        timeout_s: for the whole, wall-clock seconds; at its end the goal is cancelled.
        cancelled: raises CANCELED when the caller wants to end.
        on_feedback: called with each feedback message, on the executor's thread.
        stop_early: ends the goal, but returns its result.
        goal_id: what to call the goal, for a caller that hears of it by other ways, too.

    Returns:
        The goal's final status (``action_msgs/GoalStatus``) and its result.

    Raises:
        ClapError: NODE_UNAVAILABLE, TIMEOUT, CANCELED, TRAJECTORY_REJECTED (goal refused).
    """
    name = client._action_name
    deadline = time.monotonic() + timeout_s
    _wait_until(client.server_is_ready, name, deadline, cancelled)

    def forward(message: Any) -> None:
        if on_feedback is not None:
            on_feedback(message.feedback)

    goal_id = goal_id or new_goal_id()

    def send() -> Future:
        return client.send_goal_async(goal, feedback_callback=forward, goal_uuid=goal_id)

    alive = _same_server(client._node, f"{name}/_action/send_goal", client.server_is_ready)
    accepted = _on_executor(client, send, name)
    try:
        _wait_for_acceptance(accepted, name, deadline, cancelled, alive)
    except ClapError as error:
        # The goal may run all the same: its answer may be lost, or still be on its way.
        _cancel_unanswered(client, goal_id)
        accepted.add_done_callback(_cancel_late)
        raise _unconfirmed(name, error) from error
    handle = accepted.result()
    if not handle.accepted:
        raise ClapError(
            ErrorCode.TRAJECTORY_REJECTED,
            f"{name} refused the goal",
            "Look at the log of the node that serves it for the reason",
        )
    try:
        outcome = _on_executor(client, handle.get_result_async, name)
    except ClapError as error:
        client._node.executor.create_task(handle.cancel_goal_async)
        raise _unconfirmed(name, error) from error
    try:
        _wait_for(outcome, name, deadline, cancelled, alive, stop_early)
    except ClapError as error:
        timeout_s = LAST_CANCEL_TIMEOUT_S if _is_gone(error) else CANCEL_TIMEOUT_S
        if not _cancel(client, handle, outcome, timeout_s):
            raise _unconfirmed(name, error) from error
        raise
    if not outcome.done() and not _cancel(client, handle, outcome, CANCEL_TIMEOUT_S):
        raise _unconfirmed(name, None)
    if not outcome.done():
        raise ClapError(
            ErrorCode.TIMEOUT,
            f"{name} has ended, but did not say how",
            "Look at its log; send it again when you have seen what it did",
        )
    response = outcome.result()
    return response.status, response.result


def new_goal_id() -> UUID:
    """An id that no other goal has."""
    return UUID(uuid=list(uuid.uuid4().bytes))


def cancel_client(client: ActionClient) -> Client:
    """A client of the service by which goals of an action are cancelled."""
    return client._node.create_client(CancelGoal, f"{client._action_name}/_action/cancel_goal")


def cancel_all(client: ActionClient, timeout_s: float, canceler: Client | None = None) -> list[Any]:
    """Cancel the goals of an action, whoever sent them, and wait until they have ended.

    Args:
        client: of the action.
        timeout_s: for the server to appear and to answer, wall-clock seconds.
        canceler: a `cancel_client` that has found its server already, for a stop without the delay
            of finding it; else one is made.

    Returns:
        The result of each, those among them that somebody else is cancelling; empty where no goal
        runs.

    Raises:
        ClapError: NODE_UNAVAILABLE, TIMEOUT; UnconfirmedStopError where a goal does not end, or
            the server refuses to end it.
    """
    node, name = client._node, client._action_name
    _wait_until(client.server_is_ready, name, time.monotonic() + timeout_s, None)
    all_goals = canceler or cancel_client(client)
    try:
        # Without a goal's id or time, the request means all goals.
        answer = call_service(all_goals, CancelGoal.Request(), timeout_s)
    finally:
        if canceler is None:
            node.executor.create_task(node.destroy_client, all_goals)
    ending = [info.goal_id for info in answer.goals_canceling]
    if answer.return_code == CancelGoal.Response.ERROR_REJECTED:
        raise _unconfirmed(name, None)
    # The answer leaves out goals that are being cancelled already: they may move all the same.
    ending += [goal for goal in _already_canceling(client, name) if goal not in ending]
    accepted = client._action_type.Impl.SendGoalService.Response(accepted=True)
    handles = [ClientGoalHandle(client, goal, accepted) for goal in ending]
    try:
        outcomes = [_on_executor(client, handle.get_result_async, name) for handle in handles]
        deadline = time.monotonic() + CANCEL_TIMEOUT_S
        for outcome in outcomes:
            _wait_for(outcome, name, deadline, None, client.server_is_ready)
    except ClapError as error:
        raise _unconfirmed(name, error) from error
    return [outcome.result().result for outcome in outcomes]


def _already_canceling(client: ActionClient, name: str) -> list[UUID]:
    """The goals of an action that are being cancelled, by its latched status.

    A server that has never had a goal tells nothing: then the wait for it ends after a while.
    """
    node = client._node
    told: list[GoalStatusArray] = []
    heard = threading.Event()

    def hear(message: GoalStatusArray) -> None:
        told.append(message)
        heard.set()

    statuses = node.create_subscription(
        GoalStatusArray, f"{name}/_action/status", hear, qos_profile_action_status_default
    )
    heard.wait(LAST_CANCEL_TIMEOUT_S)
    node.executor.create_task(node.destroy_subscription, statuses)
    latest = told[-1].status_list if told else []
    return [one.goal_info.goal_id for one in latest if one.status == GoalStatus.STATUS_CANCELING]


def succeeded(status: int) -> bool:
    """Whether a final goal status says success."""
    return status == GoalStatus.STATUS_SUCCEEDED


class UnconfirmedStopError(ClapError):
    """A goal was cancelled, but nobody confirmed that it has ended: what it moves may go on."""


def _unconfirmed(name: str, error: ClapError | None) -> UnconfirmedStopError:
    before = f"{error.reason}, and " if error is not None else ""
    return UnconfirmedStopError(
        ErrorCode.NODE_UNAVAILABLE if _is_gone(error) else ErrorCode.TIMEOUT,
        f"{before}{name} did not confirm that it stopped. What it moves may still move",
        "Start its node again, and press the user stop if the arm moves",
    )


def _is_gone(error: ClapError | None) -> bool:
    return error is not None and error.code is ErrorCode.NODE_UNAVAILABLE


def _cancel(client: ActionClient, handle: Any, outcome: Future, timeout_s: float) -> bool:
    """Ask for the goal's end and wait for it, though not longer than the timeout.

    Returns:
        Whether the goal has ended. Its result may be lost all the same, for example when this
        process stood still while it was sent; then the server says that there is no such goal.
    """
    finished, ended, told = threading.Event(), threading.Event(), threading.Event()

    def on_result(_: Future) -> None:
        told.set()
        finished.set()

    outcome.add_done_callback(on_result)

    def on_answer(answer: Future) -> None:
        if answer.result().return_code in _NO_SUCH_GOAL:
            ended.set()
            finished.set()

    client._node.executor.create_task(
        lambda: handle.cancel_goal_async().add_done_callback(on_answer)
    )
    finished.wait(timeout_s)
    if ended.is_set():
        told.wait(LAST_CANCEL_TIMEOUT_S)  # somebody else has cancelled it: its result is on its way
    return outcome.done() or ended.is_set()


def _cancel_unanswered(client: ActionClient, goal_id: UUID) -> None:
    """Ask for the end of a goal of which it is not known whether it was accepted."""
    handle = ClientGoalHandle(client, goal_id, client._action_type.Impl.SendGoalService.Response())
    client._node.executor.create_task(handle.cancel_goal_async)


def _wait_for_acceptance(
    accepted: Future,
    name: str,
    deadline: float,
    cancelled: threading.Event | None,
    alive: Callable[[], bool],
) -> None:
    try:
        until = min(deadline, time.monotonic() + ACCEPT_TIMEOUT_S)
        _wait_for(accepted, name, until, cancelled, alive)
    except ClapError as error:
        if error.code is not ErrorCode.CANCELED:
            raise
        # It may be accepted just as the caller cancels: better to learn of it, then to cancel it.
        _wait_for(accepted, name, time.monotonic() + LAST_CANCEL_TIMEOUT_S, None, alive)


def _cancel_late(accepted: Future) -> None:
    """End a goal that is accepted when nobody waits for it any more."""
    if accepted.result().accepted:
        accepted.result().cancel_goal_async()


def _on_executor(client: ActionClient, send: Callable[[], Future], name: str) -> Future:
    """Send a request of an action on the executor's thread; what is given up is never sent.

    rclpy's action client notes a request only after it has sent it: sent from another thread, the
    answer may come in between, and is dropped as unexpected.

    Raises:
        ClapError: TIMEOUT, NODE_UNAVAILABLE; then nothing was sent.
    """
    sent: list[Future] = []
    given_up = False
    turn = threading.Lock()

    def send_unless_given_up() -> None:
        with turn:
            if not given_up:
                sent.append(send())

    task = client._node.executor.create_task(send_unless_given_up)
    try:
        _wait_for(task, name, time.monotonic() + ACCEPT_TIMEOUT_S, None, client.server_is_ready)
    except ClapError:
        with turn:
            given_up = True
        if not sent:
            raise
    else:
        task.result()  # raises what sending raised
    return sent[0]


def _same_server(graph: Node, service: str, ready: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a service is still there and no other server has joined it.

    A launch may have started a killed node again before its death shows: then the name is served
    all the time, but nobody will answer what the dead one was asked. Nor is it always served by two
    for a while: the one may go as the other comes.
    """
    fewest = graph.count_services(service)
    asked = _servers(graph, service)

    def alive() -> bool:
        nonlocal fewest
        count = graph.count_services(service)
        fewest = min(fewest, count)
        there = not asked or bool(asked & _servers(graph, service))
        return count <= fewest and there and ready()

    return alive


def _servers(graph: Node, service: str) -> frozenset[bytes]:
    """Who reads a service's requests, by their ids; none where the middleware does not tell.

    Requests travel on the topic ``rq<service>Request`` with all middlewares of ROS 2 over DDS.
    """
    readers = graph.get_subscriptions_info_by_topic(f"rq{service}Request", no_mangle=True)
    return frozenset(bytes(reader.endpoint_gid) for reader in readers)


def _wait_until(
    ready: Callable[[], bool], name: str, deadline: float, cancelled: threading.Event | None
) -> None:
    pause = threading.Event() if cancelled is None else cancelled
    while not ready():
        if pause.wait(POLL_S):
            raise _canceled(name)
        if time.monotonic() > deadline:
            raise _unavailable(name, "is not there")


def _wait_for(
    future: Future,
    name: str,
    deadline: float,
    cancelled: threading.Event | None,
    alive: Callable[[], bool],
    stop_early: threading.Event | None = None,
) -> None:
    finished = threading.Event()
    future.add_done_callback(lambda _: finished.set())
    look_alive_at = time.monotonic() + ALIVE_POLL_S
    missed = 0
    while not finished.wait(POLL_S):
        if cancelled is not None and cancelled.is_set():
            raise _canceled(name)
        if stop_early is not None and stop_early.is_set():
            return
        now = time.monotonic()
        if now > look_alive_at:
            look_alive_at = now + ALIVE_POLL_S
            missed = 0 if alive() else missed + 1
            if missed == DEAD_LOOKS:
                raise _unavailable(name, "died while it worked")
        if now > deadline:
            raise ClapError(
                ErrorCode.TIMEOUT,
                f"{name} did not answer in time",
                "Look at its log and at /diagnostics; raise the timeout if it is only slow",
            )


def _canceled(name: str) -> ClapError:
    return ClapError(
        ErrorCode.CANCELED, f"canceled while waiting for {name}", "Send the instruction again"
    )


def _unavailable(name: str, what: str) -> ClapError:
    return ClapError(
        ErrorCode.NODE_UNAVAILABLE,
        f"the server of {name} {what}",
        "Start its node and activate it (`ros2 lifecycle get <node>`); the lifecycle manager does "
        "so by itself when the node respawns",
    )
