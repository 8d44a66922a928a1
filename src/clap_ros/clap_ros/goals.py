"""An action server that runs one goal at a time on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from clap_core.errors import ClapError, ErrorCode
from clap_ros.standstill import Standstill

STOP_TIMEOUT_S = 6.0
"""How long a running goal may take to end when the server closes."""

Execute = Callable[[Any, threading.Event, Callable[[Any], None]], Any]
"""(goal request, cancelled, publish feedback) -> result message; may raise ClapError."""


class WorkerActionServer:
    """Serves an action whose result has ``error_code`` and ``error_msg``.

    The work runs on its own thread, so that it may wait, while the node's executor goes on to
    serve cancel requests. A goal that comes while another runs ends at once with BUSY. A
    ClapError that the work raises becomes the result's code and message. A goal during which the
    executor stood still is cancelled.

    Args:
        node: the node.
        action_type: the action.
        name: of the action.
        execute: the work. It must watch ``cancelled`` and raise CANCELED soon after it is set.
        ready: raises ClapError when no goal can be taken, e.g. on an inactive node.
    """

    def __init__(
        self,
        node: Node,
        action_type: Any,
        name: str,
        execute: Execute,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._type = action_type
        self._execute = execute
        self._ready = ready
        self._running: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._server = ActionServer(
            node,
            action_type,
            name,
            execute_callback=self._on_goal,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=self._on_cancel,
        )

    @property
    def busy(self) -> bool:
        """Whether a goal is running; another one would be refused."""
        return self._running is not None

    def cancel(self) -> None:
        """Ask the running goal, if any, to end."""
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel the running goal and wait for its thread, with a deadline."""
        self.cancel()
        thread = self._running
        if thread is not None:
            thread.join(STOP_TIMEOUT_S)

    def destroy(self) -> None:
        """Stop and take the action off the graph."""
        self.stop()
        self._server.destroy()

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        self._cancelled.set()
        return CancelResponse.ACCEPT

    async def _on_goal(self, handle: ServerGoalHandle) -> Any:
        try:
            self._ready()
            if self.busy:
                raise ClapError(
                    ErrorCode.BUSY,
                    "another goal is running",
                    "Wait for its end or cancel it, then send this one again",
                )
        except ClapError as error:
            handle.abort()
            return self._failure(error)

        self._cancelled = threading.Event()
        if handle.is_cancel_requested:  # between its acceptance and now
            self._cancelled.set()
        finished: Future = Future()
        self._running = threading.Thread(
            target=self._work, args=(handle, self._cancelled, finished), daemon=True
        )
        pauses: list[ClapError] = []

        def end(pause: ClapError) -> None:
            pauses.append(pause)
            self.cancel()

        watch = Standstill(self._node, end)
        self._running.start()
        try:
            result = await finished
        finally:
            self._running = None
            watch.end()
        for pause in pauses:
            if result.error_code == ErrorCode.CANCELED and not handle.is_cancel_requested:
                result.error_code = int(pause.code)
                result.error_msg = f"{pause.message} {result.error_msg}"
        if result.error_code == ErrorCode.SUCCESS:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return result

    def _work(self, handle: ServerGoalHandle, cancelled: threading.Event, done: Future) -> None:
        try:
            result = self._execute(handle.request, cancelled, handle.publish_feedback)
        except ClapError as error:
            result = self._failure(error)
        except Exception as error:  # a defect must end the goal, not the node
            self._node.get_logger().error(f"unforeseen error: {error!r}")
            result = self._failure(
                ClapError(
                    ErrorCode.INTERNAL,
                    f"unforeseen error in {self._node.get_name()}: {error!r}",
                    "Please report it with the log",
                )
            )
        done.set_result(result)
        # Nothing else would make the executor look at the coroutine that awaits `done`.
        executor = self._node.executor
        if executor is not None:
            executor.wake()

    def _failure(self, error: ClapError) -> Any:
        result = self._type.Result()
        result.error_code = int(error.code)
        result.error_msg = error.message
        return result
