"""What the control loop needs, by ROS services and actions. Every wait has a wall-clock deadline.

For the executive's worker thread only: these calls wait while the node's executor spins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from action_msgs.srv import CancelGoal
from pydantic import BaseModel, Field
from rclpy.action import ActionClient
from rclpy.client import Client
from rclpy.node import Node
from rclpy.time import Time
from std_msgs.msg import Header

from clap_core.backends import KeypointAnswer
from clap_core.control_loop_types import TaskEvent
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import ActionChunk, HeldObject, KeyAction, Keypoint, SubTask
from clap_msgs.action import ExecuteKeyAction
from clap_msgs.srv import FindKeypoint, PlanTask, PredictAction
from clap_ros.calls import call_service, raise_reported, run_action, succeeded
from clap_ros.names import with_full_names
from clap_ros.task_messages import (
    held_from_message,
    held_to_message,
    key_action_from_message,
    key_action_to_message,
    keypoint_from_message,
    keypoint_to_message,
    subtask_from_message,
    subtask_to_message,
)
from franka_msgs.action import ErrorRecovery

_POLL_S = 0.02


NAMES = (
    "plan_service",
    "keypoint_service",
    "predict_service",
    "execute_action",
    "recovery_action",
)
"""Parameters that are names of services and actions."""


class RemoteConfig(BaseModel, frozen=True, extra="forbid"):
    """Where the capabilities are, and how long each may take on the wall clock.

    The deadlines are meant for nodes that died, not for slow ones: a node that was killed is
    noticed by the middleware, sooner or later, and ends the wait as NODE_UNAVAILABLE.
    """

    plan_service: str = Field("task_planner/plan", description="Service clap_msgs/PlanTask.")
    keypoint_service: str = Field("keypoint/find", description="Service clap_msgs/FindKeypoint.")
    predict_service: str = Field("policy/predict", description="Service clap_msgs/PredictAction.")
    execute_action: str = Field(
        "franka_executor/execute", description="Action clap_msgs/ExecuteKeyAction."
    )
    recovery_action: str = Field(
        "action_server/error_recovery", description="Action franka_msgs/ErrorRecovery."
    )
    server_timeout_s: float = Field(
        5.0, description="Longest wait for a server to be there [s, wall clock].", gt=0.0, le=600.0
    )
    service_timeout_s: float = Field(
        60.0, description="Longest wait for a service's answer [s, wall clock].", gt=0.0, le=600.0
    )
    motion_timeout_s: float = Field(
        180.0, description="Longest duration of one key action [s, wall clock].", gt=0.0, le=3600.0
    )
    recovery_timeout_s: float = Field(
        30.0, description="Longest duration of an error recovery [s, wall clock].", gt=0.0, le=600.0
    )
    base_frame: str = Field("base", description="Frame of all points and poses.")


class RemoteClients:
    """The clients, made once; hand out a `RemoteCapabilities` for each task."""

    def __init__(self, node: Node, config: RemoteConfig) -> None:
        self.node = node
        self.config = config = with_full_names(node, config, *NAMES)
        self.plan: Client = node.create_client(PlanTask, config.plan_service)
        self.keypoint: Client = node.create_client(FindKeypoint, config.keypoint_service)
        self.predict: Client = node.create_client(PredictAction, config.predict_service)
        self.execute = ActionClient(node, ExecuteKeyAction, config.execute_action)
        self.recover = ActionClient(node, ErrorRecovery, config.recovery_action)
        self._cancel_all: Client = node.create_client(
            CancelGoal, f"{config.execute_action}/_action/cancel_goal"
        )

    def stop_leftovers(self) -> None:
        """Ask the executor to cancel whatever still runs, e.g. since this node was killed.

        Does not wait. Without a goal's id or time, the request means all goals.
        """
        if self._cancel_all.service_is_ready():
            self._cancel_all.call_async(CancelGoal.Request())

    def destroy(self) -> None:
        """Take the clients off the graph."""
        for client in (self.plan, self.keypoint, self.predict, self._cancel_all):
            self.node.destroy_client(client)
        self.execute.destroy()
        self.recover.destroy()


class RemoteCapabilities:
    """Implements `clap_core.control_loop_types.Capabilities` for one task.

    Args:
        clients: of the services and actions.
        cancelled: set when the task should end.
        on_event: what to do with the loop's events.
    """

    def __init__(
        self,
        clients: RemoteClients,
        cancelled: threading.Event,
        on_event: Callable[[TaskEvent], None],
    ) -> None:
        self._clients = clients
        self._config = clients.config
        self._cancelled = cancelled
        self._on_event = on_event

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """See `Capabilities`."""
        response = self._call(self._clients.plan, PlanTask.Request(instruction=instruction))
        return tuple(subtask_from_message(message) for message in response.subtasks)

    def find_keypoint(self, subtask: SubTask, not_before_ns: int) -> KeypointAnswer:
        """See `Capabilities`."""
        request = FindKeypoint.Request(
            subtask=subtask_to_message(subtask),
            not_before=Time(nanoseconds=not_before_ns).to_msg(),
        )
        response = self._call(self._clients.keypoint, request)
        self._check_frame(self._config.keypoint_service, response.keypoint.header)
        return KeypointAnswer(keypoint_from_message(response.keypoint), done=response.done)

    def predict(
        self,
        subtask: SubTask,
        keypoint: Keypoint,
        held: HeldObject | None,
        attempt: int,
        not_before_ns: int,
        onward: Keypoint | None,
    ) -> ActionChunk:
        """See `Capabilities`."""
        frame = self._config.base_frame
        request = PredictAction.Request(
            subtask=subtask_to_message(subtask),
            keypoint=keypoint_to_message(keypoint, frame),
            onward=[] if onward is None else [keypoint_to_message(onward, frame)],
            held=held_to_message(held),
            attempt=attempt,
            not_before=Time(nanoseconds=not_before_ns).to_msg(),
        )
        response = self._call(self._clients.predict, request)
        if response.actions:
            self._check_frame(self._config.predict_service, response.header)
        return ActionChunk(
            actions=tuple(key_action_from_message(message) for message in response.actions),
            held=held_from_message(response.held),
            done=response.done,
        )

    def execute(self, action: KeyAction) -> None:
        """See `Capabilities`."""
        goal = ExecuteKeyAction.Goal(action=key_action_to_message(action))
        goal.header.frame_id = self._config.base_frame
        goal.header.stamp = self._clients.node.get_clock().now().to_msg()
        self._wait_for_server(self._clients.execute.server_is_ready, self._config.execute_action)
        _, result = run_action(
            self._clients.execute, goal, self._config.motion_timeout_s, self._cancelled
        )
        raise_reported(result)

    def recover(self) -> None:
        """See `Capabilities`."""
        self._wait_for_server(self._clients.recover.server_is_ready, self._config.recovery_action)
        status, _ = run_action(
            self._clients.recover,
            ErrorRecovery.Goal(),
            self._config.recovery_timeout_s,
            self._cancelled,
        )
        if not succeeded(status):
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                "the robot did not recover from its reflex",
                "Free the arm by hand, release the user stop, then run the error recovery again",
            )

    def now_ns(self) -> int:
        """See `Capabilities`."""
        return int(self._clients.node.get_clock().now().nanoseconds)

    def report(self, event: TaskEvent) -> None:
        """See `Capabilities`."""
        self._on_event(event)

    def cancelled(self) -> bool:
        """See `Capabilities`."""
        return self._cancelled.is_set()

    def _call(self, client: Client, request: Any) -> Any:
        self._wait_for_server(client.service_is_ready, client.srv_name)
        response = call_service(
            client,
            request,
            self._config.service_timeout_s,
            self._cancelled,
            graph=self._clients.node,
        )
        raise_reported(response)
        return response

    def _wait_for_server(self, is_ready: Callable[[], bool], name: str) -> None:
        deadline = time.monotonic() + self._config.server_timeout_s
        while not is_ready():
            if self._cancelled.wait(_POLL_S):
                raise ClapError(
                    ErrorCode.CANCELED,
                    f"canceled while waiting for {name}",
                    "Say the next instruction when you are ready",
                )
            if time.monotonic() > deadline:
                raise ClapError(
                    ErrorCode.NODE_UNAVAILABLE,
                    f"no node serves {name}",
                    "Start that node, or see in its log why it ended; "
                    "`ros2 node list` shows what runs. Where it runs on another computer, "
                    "/diagnostics of lifecycle_manager tells what became of that",
                )

    def _check_frame(self, name: str, header: Header) -> None:
        if header.frame_id != self._config.base_frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{name} answered in the frame '{header.frame_id}', not in "
                f"'{self._config.base_frame}'",
                "Give that node and task_executive the same base frame",
            )
