"""The task_executive node: obeys a sentence by running the coarse-to-fine loop over ROS calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from clap_core.control_loop import run_task
from clap_core.control_loop_types import LoopConfig, TaskEvent
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import UNKNOWN_OBJECT, HeldObject
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
from clap_ros.shared_resource import SharedResource
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


class _Neighbours:
    """What belongs to one configuration: clients of the other nodes, and the watched fingers."""

    def __init__(self, node: ManagedNode, config: TaskExecutiveConfig) -> None:
        self.config = config
        self.remote = RemoteClients(node, config)
        self.hand = HandWatch(node, config.hand)

    def destroy(self) -> None:
        """Take the clients and the subscription off the graph."""
        self.remote.destroy()
        self.hand.destroy()


class TaskExecutive(ManagedNode):
    """Serves ``~/execute_task``, one task at a time, on a thread of its own.

    What a task leaves in the hand is remembered for the next one, as far as the fingers agree.
    After a start, and after a task that ended while the fingers moved, that is not known, and
    the fingers are asked.
    """

    def __init__(self) -> None:
        super().__init__("task_executive")
        self._settings = declare(self, TaskExecutiveConfig)
        self._config = TaskExecutiveConfig()
        self._neighbours: SharedResource[_Neighbours] | None = None
        self._held: HeldObject | None = UNKNOWN_OBJECT
        self._now = "idle"
        self._last = "none"
        self._tasks = 0
        self._server = WorkerActionServer(
            self, ExecuteTask, "~/execute_task", self._execute, self._require_active
        )

    def configure(self) -> None:
        """Make the clients, and listen to the fingers."""
        self._config = self._settings.read()
        neighbours = _Neighbours(self, self._config)
        self._neighbours = SharedResource(self, neighbours, neighbours.destroy)

    def activate(self) -> None:
        """Take the arm over at rest: a motion that a killed node has left behind is stopped."""
        if self._neighbours is not None:
            self._neighbours.value.remote.stop_leftovers()

    def cancel(self) -> None:
        """Cancel the running task; its goal ends as soon as the arm is at rest."""
        self._server.cancel()

    def cleanup(self) -> None:
        """Drop the clients as soon as no task needs them to stop the arm; forget what is held."""
        neighbours, self._neighbours = self._neighbours, None
        if neighbours is not None:
            neighbours.retire()
        self._held = UNKNOWN_OBJECT

    def halt(self) -> None:
        """End the task that runs, and wait until the arm is at rest."""
        self._server.stop()

    def destroy_node(self) -> None:
        """Take the action off the graph too, which rclpy would leave to the garbage collector."""
        self._server.destroy()
        super().destroy_node()

    def health_values(self) -> Mapping[str, object]:
        """What it does, what it holds, how the last task ended."""
        neighbours = self._neighbours
        held = self._held if neighbours is None else neighbours.value.hand.agreed(self._held)
        return {
            "now": self._now,
            "held": held.name if held else "nothing",
            "tasks": self._tasks,
            "last_result": self._last,
        }

    def _require_active(self) -> None:
        if not self.is_active:
            raise self._inactive()

    def _inactive(self) -> ClapError:
        return ClapError(
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
        neighbours = self._neighbours
        if neighbours is None:  # cleaned up between the goal's acceptance and now
            raise self._inactive()
        with neighbours.use() as those:
            return self._run(those, request.instruction, cancelled, publish_feedback)

    def _run(
        self,
        neighbours: _Neighbours,
        instruction: str,
        cancelled: threading.Event,
        publish_feedback: Callable[[Any], None],
    ) -> ExecuteTask.Result:
        def on_event(event: TaskEvent) -> None:
            self._now, self._held = event.text, event.held
            self.get_logger().info(event.text)
            publish_feedback(self._feedback(event))

        config = neighbours.config
        held = neighbours.hand.wait_until_agreed(self._held, config.server_timeout_s, cancelled)
        capabilities = RemoteCapabilities(neighbours.remote, cancelled, on_event)
        outcome = run_task(instruction, capabilities, config.loop, held)
        self._held = outcome.held
        self._tasks += 1
        self._now, self._last = "idle", outcome.error_code.name
        if outcome.error_code is ErrorCode.SUCCESS:
            self.get_logger().info(f"'{instruction}': done")
        else:
            self.get_logger().warning(f"{outcome.error_code.name}: {outcome.error_msg}")
        return ExecuteTask.Result(
            error_code=int(outcome.error_code),
            error_msg=outcome.error_msg,
            subtasks=[result_to_message(result, config.base_frame) for result in outcome.results],
            duration_s=outcome.duration_s,
        )

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
