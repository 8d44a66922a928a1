"""Action servers whose goals a stepping loop moves on, on one thread and without waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from clap_franka.motion.follower import Ending


class RunningGoal(Protocol):
    """A goal on its way."""

    def feedback(self) -> Any:
        """The feedback message for now; None for none."""

    def cancel(self) -> None:
        """Begin to end; :meth:`result` comes when it has ended."""

    def result(self) -> tuple[Ending, Any] | None:
        """How it ended and the result message; None while it runs."""


@dataclass
class _Active:
    handle: ServerGoalHandle
    run: RunningGoal
    done: Future


class LoopAction:
    """Serves an action from a loop that calls :meth:`update` after each batch of steps.

    Args:
        node: the node.
        action_type: the action.
        name: of the action.
        begin: starts a goal (request message) and returns what tells about it.
        refusal: says why a goal (request message) is refused; None accepts it.
        feedback_period_ns: on the loop's clock.
    """

    def __init__(
        self,
        node: Node,
        action_type: Any,
        name: str,
        begin: Callable[[Any], RunningGoal],
        refusal: Callable[[Any], str | None],
        feedback_period_ns: int,
    ) -> None:
        self._logger = node.get_logger()
        self._name = name
        self._begin = begin
        self._refusal = refusal
        self._period_ns = feedback_period_ns
        self._feedback_due_ns = 0
        self._active: list[_Active] = []
        self._server = ActionServer(
            node,
            action_type,
            name,
            execute_callback=self._on_goal,
            goal_callback=self._on_request,
            cancel_callback=self._on_cancel,
        )

    @property
    def busy(self) -> bool:
        """Whether a goal runs."""
        return bool(self._active)

    def update(self, now_ns: int) -> None:
        """Send feedback where it is due and finish the goals that have ended."""
        if not self._active:
            return
        feedback_due = now_ns >= self._feedback_due_ns
        if feedback_due:
            self._feedback_due_ns = now_ns + self._period_ns
        for active in list(self._active):
            finished = active.run.result()
            if finished is None:
                feedback = active.run.feedback() if feedback_due else None
                if feedback is not None:
                    active.handle.publish_feedback(feedback)
                continue
            self._active.remove(active)
            ending, result = finished
            _finish(active.handle, ending)
            active.done.set_result(result)

    def _on_request(self, request: Any) -> GoalResponse:
        refusal = self._refusal(request)
        if refusal is None:
            return GoalResponse.ACCEPT
        self._logger.error(f"{self._name} refuses the goal: {refusal}")
        return GoalResponse.REJECT

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        for active in self._active:
            if active.handle == handle:
                active.run.cancel()
        return CancelResponse.ACCEPT

    async def _on_goal(self, handle: ServerGoalHandle) -> Any:
        run = self._begin(handle.request)
        if handle.is_cancel_requested:
            run.cancel()
        active = _Active(handle, run, Future())
        self._active.append(active)
        return await active.done


def _finish(handle: ServerGoalHandle, ending: Ending) -> None:
    if ending is Ending.SUCCEEDED:
        handle.succeed()
    elif ending is Ending.CANCELED and handle.is_cancel_requested:
        handle.canceled()
    else:
        handle.abort()
