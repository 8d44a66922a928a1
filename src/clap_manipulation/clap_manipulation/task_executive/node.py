"""The task_executive node: obeys a sentence by running the coarse-to-fine loop over ROS calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from clap_core.control_loop import run_task
from clap_core.control_loop_types import LoopConfig, TaskEvent
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import HeldObject
from clap_manipulation.task_executive.hand_watch import HandConfig, HandWatch
from clap_manipulation.task_executive.remote_capabilities import (
    RemoteCapabilities,
    RemoteClients,
    RemoteConfig,
)
from clap_msgs.action import ExecuteTask
from clap_ros.goals import WorkerActionServer
from clap_ros.lifecycle import ManagedNode
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.task_messages import (
    key_action_to_message,
    keypoint_to_message,
    result_to_message,
    subtask_to_message,
)


class TaskExecutiveConfig(RemoteConfig, frozen=True, extra="forbid"):
    """Parameters of the node."""

    loop: LoopConfig = Field(LoopConfig(), description="Limits of the control loop.")
    hand: HandConfig = Field(HandConfig(), description="What tells whether the hand is empty.")


class TaskExecutive(ManagedNode):
    """Serves ``~/execute_task``, one task at a time, on a thread of its own.

    What a task leaves in the hand is remembered for the next one. A node that was just started
    has nothing to remember: until the first task has told, the fingers are watched instead.
    """

    def __init__(self) -> None:
        super().__init__("task_executive")
        self._settings = declare(self, TaskExecutiveConfig)
        self._config = TaskExecutiveConfig()
        self._remote: RemoteClients | None = None
        self._server: WorkerActionServer | None = None
        self._held: HeldObject | None = None
        self._hand: HandWatch | None = None
        self._now = "idle"
        self._last = "none"
        self._tasks = 0

    def configure(self) -> None:
        """Make clients and the action server."""
        self._config = self._settings.read()
        self._remote = RemoteClients(self, self._config)
        self._hand = HandWatch(self, self._config.hand)
        self._server = WorkerActionServer(
            self, ExecuteTask, "~/execute_task", self._execute, self._require_active
        )

    def activate(self) -> None:
        """Take the arm over at rest: a motion that a killed node has left behind is stopped."""
        if self._remote is not None:
            self._remote.stop_leftovers()

    def deactivate(self) -> None:
        """Cancel the running task; its goal ends as soon as the arm is at rest."""
        if self._server is not None:
            self._server.cancel()

    def cleanup(self) -> None:
        """Drop clients and server, and forget what is held."""
        if self._server is not None:
            self._server.destroy()
        if self._remote is not None:
            self._remote.destroy()
        if self._hand is not None:
            self._hand.destroy()
        self._server, self._remote, self._hand, self._held = None, None, None, None

    def halt(self) -> None:
        """End the task that runs, and wait until the arm is at rest."""
        if self._server is not None:
            self._server.stop()

    def health_values(self) -> Mapping[str, object]:
        """What it does, what it holds, how the last task ended."""
        hand = self._hand  # a task on its thread may put it away
        held = self._held if hand is None else hand.seen()
        return {
            "now": self._now,
            "held": held.name if held else "nothing",
            "tasks": self._tasks,
            "last_result": self._last,
        }

    def _require_active(self) -> None:
        if not self.is_active:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{self.get_fully_qualified_name()} is not active",
                f"Activate it: `ros2 lifecycle set {self.get_fully_qualified_name()} activate`",
            )

    def _execute(
        self,
        request: ExecuteTask.Goal,
        cancelled: threading.Event,
        publish_feedback: Callable[[Any], None],
    ) -> ExecuteTask.Result:
        """Run one task; on the worker's thread."""
        assert self._remote is not None

        def on_event(event: TaskEvent) -> None:
            self._now = event.text
            self.get_logger().info(event.text)
            publish_feedback(self._feedback(event))

        hand = self._hand
        if hand is not None:
            self._held = hand.held(self._config.server_timeout_s, cancelled)
        capabilities = RemoteCapabilities(self._remote, cancelled, on_event)
        outcome = run_task(request.instruction, capabilities, self._config.loop, self._held)
        self._held = outcome.held
        if self._held is None or self._held.is_known:
            self._stop_watching()
        self._tasks += 1
        self._now, self._last = "idle", outcome.error_code.name
        if outcome.error_code is ErrorCode.SUCCESS:
            self.get_logger().info(f"'{request.instruction}': done")
        else:
            self.get_logger().warning(f"{outcome.error_code.name}: {outcome.error_msg}")
        return ExecuteTask.Result(
            error_code=int(outcome.error_code),
            error_msg=outcome.error_msg,
            subtasks=[
                result_to_message(result, self._config.base_frame) for result in outcome.results
            ],
            duration_s=outcome.duration_s,
        )

    def _stop_watching(self) -> None:
        """From now on the tasks tell what is in the hand."""
        hand, self._hand = self._hand, None
        if hand is not None and self.executor is not None:
            # Not on this, the worker's thread: the executor may be about to use it.
            self.executor.create_task(hand.destroy)

    def _feedback(self, event: TaskEvent) -> ExecuteTask.Feedback:
        message = ExecuteTask.Feedback(
            stage=event.stage.value, index=event.index, count=event.count, text=event.text
        )
        if event.subtask is not None:
            message.subtask = subtask_to_message(event.subtask)
        if event.keypoint is not None:
            message.keypoint = keypoint_to_message(event.keypoint, self._config.base_frame)
        if event.action is not None:
            message.action = key_action_to_message(event.action)
        return message


def main() -> None:
    """Run the node."""
    run_node(TaskExecutive)
