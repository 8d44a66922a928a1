"""Planner, keypoint finder, policy and executor that obey a test's script, over real DDS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.action import ActionServer, CancelResponse
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import JointState

from clap_baseline.planner import GrammarPlanner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import GripperCommand
from clap_msgs.action import ExecuteKeyAction
from clap_msgs.msg import HeldObject, KeyAction
from clap_msgs.srv import FindKeypoint, PlanTask, PredictAction
from clap_ros.goals import WorkerActionServer
from clap_ros.task_messages import subtask_to_message
from franka_msgs.action import ErrorRecovery

DEADLINE_S = 20.0
JOINTS_PERIOD_S = 0.02
OPEN_M = 0.08
HOLDING_M = 0.012


class FakeStack(Node):
    """Serves everything that the executive asks for.

    Attributes:
        calls: every call, as "name sub-task" or "execute action".
        failures: from a call to the errors that its next occurrences give.
        already_so: texts of sub-tasks that the finder sees done.
        slow_motion: the text of an action that lasts until it is cancelled.
        moving: set while that action runs.
        held_call: a call, and at which occurrence it is answered only when `free` is called.
        holding: set while it waits.
        frame: that poses and points are answered in.
        width_m: opening of the fingers; None while their driver is not there.
        fingers_follow: they close on something, and open, as they are told.
    """

    def __init__(self, with_executor: bool = True) -> None:
        super().__init__("fake_stack")
        self.calls: list[str] = []
        self.failures: dict[str, list[tuple[ErrorCode, str]]] = {}
        self.already_so: set[str] = set()
        self.slow_motion = ""
        self.onward: list[list[str]] = []
        self.moving = threading.Event()
        self.held_call: tuple[str, int] = ("", 0)
        self.holding = threading.Event()
        self._freed: Future = Future()
        self.frame = "base"
        self.width_m: float | None = OPEN_M
        self.fingers_follow = True
        self._planner = GrammarPlanner()
        self.create_service(PlanTask, "/task_planner/plan", self._on_plan)
        self.create_service(FindKeypoint, "/keypoint/find", self._on_find)
        self.create_service(PredictAction, "/policy/predict", self._on_predict)
        self.recovery = ActionServer(
            self,
            ErrorRecovery,
            "/action_server/error_recovery",
            self._on_recover,
            cancel_callback=self._on_cancel_recovery,
        )
        self.executor_server = (
            WorkerActionServer(self, ExecuteKeyAction, "/franka_executor/execute", self._execute)
            if with_executor
            else None
        )

        self._joint_states = self.create_publisher(JointState, "/joint_states", 10)
        self.create_timer(JOINTS_PERIOD_S, self._tell_joints)

    @property
    def motions(self) -> list[str]:
        """The actions that were started, by their text."""
        return [call.removeprefix("execute ") for call in self.calls if call.startswith("execute")]

    def destroy_node(self) -> None:
        """Take the actions off the graph too, so that no later test finds them."""
        self.recovery.destroy()
        if self.executor_server is not None:
            self.executor_server.destroy()
        super().destroy_node()

    def free(self) -> None:
        """Answer the call that is held."""
        freed, self._freed = self._freed, Future()
        freed.set_result(None)
        self.executor.wake()

    def _is_held(self, call: str) -> bool:
        return (call, self.calls.count(call)) == self.held_call

    async def _hold(self, call: str) -> None:
        if self._is_held(call):
            self.holding.set()
            await self._freed
            self.holding.clear()

    def _called(self, call: str, answer: Any) -> bool:
        """Note the call; False when it should fail."""
        self.calls.append(call)
        errors = self.failures.get(call, [])
        if errors:
            code, message = errors.pop(0)
            answer.error_code, answer.error_msg = int(code), message
            return False
        return True

    def _tell_joints(self) -> None:
        self._joint_states.publish(JointState(name=["fr3_joint1"], position=[0.0]))
        if self.width_m is not None:
            fingers = ["fr3_finger_joint1", "fr3_finger_joint2"]
            self._joint_states.publish(JointState(name=fingers, position=[self.width_m / 2] * 2))

    async def _on_plan(self, request: Any, response: Any) -> Any:
        if self._called("plan", response):
            await self._hold("plan")
            try:
                plan = self._planner.plan(request.instruction)
                response.subtasks = [subtask_to_message(subtask) for subtask in plan]
            except ClapError as error:
                response.error_code, response.error_msg = int(error.code), error.message
        return response

    async def _on_find(self, request: Any, response: Any) -> Any:
        call = f"find {request.subtask.text}"
        if self._called(call, response):
            await self._hold(call)
            response.keypoint.label = request.subtask.reference or request.subtask.object
            response.keypoint.point.x = 0.5
            response.done = float(request.subtask.text in self.already_so)
            response.keypoint.header.frame_id = self.frame
            response.keypoint.header.stamp = self.get_clock().now().to_msg()
        return response

    async def _on_predict(self, request: Any, response: Any) -> Any:
        call = f"predict {request.subtask.text}"
        self.onward.append([keypoint.label for keypoint in request.onward])
        if not self._called(call, response):
            return response
        await self._hold(call)
        action = KeyAction(text=request.subtask.text)
        action.target.orientation.w = 1.0
        response.held = request.held
        if request.subtask.action == "grasp":
            action.gripper = int(GripperCommand.GRASP)
            response.held = HeldObject(name=request.subtask.object)
        if request.subtask.action == "release":
            action.gripper = int(GripperCommand.OPEN)
            response.held = HeldObject()
        response.header.frame_id = self.frame
        response.actions = [action]
        response.done = True
        return response

    def _execute(
        self, goal: Any, cancelled: threading.Event, feedback: Callable[[Any], None]
    ) -> ExecuteKeyAction.Result:
        assert goal.header.frame_id == "base"
        result = ExecuteKeyAction.Result()
        text = goal.action.text
        call = f"execute {text}"
        if self._called(call, result) and (text == self.slow_motion or self._is_held(call)):
            for begun in (self.moving, self.holding):
                begun.set()
            freed = self._freed
            wait_until(lambda: cancelled.is_set() or freed.done(), "the motion ends")
            for begun in (self.moving, self.holding):
                begun.clear()
            if not freed.done():
                raise ClapError(ErrorCode.CANCELED, "the motion was canceled", "Send it again")
        widths = {GripperCommand.GRASP: HOLDING_M, GripperCommand.OPEN: OPEN_M}
        if result.error_code == ErrorCode.SUCCESS and self.fingers_follow:
            self.width_m = widths.get(GripperCommand(goal.action.gripper), self.width_m)
        return result

    async def _on_recover(self, handle: Any) -> ErrorRecovery.Result:
        self.calls.append("recover")
        await self._hold("recover")
        if handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.succeed()
        return ErrorRecovery.Result()

    def _on_cancel_recovery(self, _: Any) -> CancelResponse:
        self.free()
        return CancelResponse.ACCEPT


class Spinner:
    """Spins nodes on a thread of its own until it is closed."""

    def __init__(self, *nodes: Node) -> None:
        self._executor = SingleThreadedExecutor()
        self._nodes = nodes
        for node in nodes:
            self._executor.add_node(node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.1)

    def run(self, function: Callable[[], Any]) -> Any:
        """Call a function on the spinning thread: rclpy locks nothing that it destroys."""
        done = threading.Event()
        task = self._executor.create_task(function)
        task.add_done_callback(lambda _: done.set())
        assert done.wait(DEADLINE_S), f"{function} did not end"
        return task.result()

    def close(self) -> None:
        """Stop spinning and destroy the nodes."""
        self._ended.set()
        self._thread.join(DEADLINE_S)
        self._executor.shutdown()
        for node in self._nodes:
            node.destroy_node()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition that no event tells of, with a deadline."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited too long until {what}"
        pause.wait(0.01)


def start_ros() -> None:
    """Initialise the default context, unless a test before left it so."""
    if not rclpy.ok():
        rclpy.init()
