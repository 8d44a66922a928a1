"""The franka_executor node, a mock robot and a client over real DDS."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import rclpy
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import ChangeState
from mock_franka import MockFranka
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.executors import MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from clap_core.errors import ErrorCode
from clap_core.geometry import tool_down
from clap_core.task_types import KeyAction, Motion
from clap_manipulation.franka_executor.node import FrankaExecutor
from clap_msgs.action import ExecuteKeyAction
from clap_ros.task_messages import key_action_to_message
from control_msgs.action import FollowJointTrajectory

DEADLINE_S = 20.0
PARAMETERS = {
    "supervision.state_timeout_s": 2.5,
    "supervision.server_timeout_s": 0.5,
    "supervision.duration_factor": 1.0,
    "supervision.duration_slack_s": 0.2,
    "supervision.recovery_timeout_s": 2.0,
    "supervision.gripper_timeout_s": 5.0,
}
ABOVE = tool_down((0.5, 0.1, 0.4))
HOLD = KeyAction(ABOVE, Motion.NONE)
MOVE = KeyAction(ABOVE, Motion.LINEAR, text="up there")
SLOW = KeyAction(ABOVE, Motion.LINEAR, speed_scale=0.05, text="up there slowly")
DOWN = KeyAction(tool_down((0.307, 0.0, 0.3)), Motion.GUARDED, text="down until contact")


class Bench:
    """The node under test, the mock robot and a client, each spun by a thread."""

    def __init__(self) -> None:
        arguments = ["--ros-args"]
        for name, value in PARAMETERS.items():
            arguments += ["-p", f"{name}:={value}"]
        rclpy.init(args=arguments)
        self.node = FrankaExecutor()
        self.robot = MockFranka()
        self.user = Node("user")
        self.feedback: list[ExecuteKeyAction.Feedback] = []
        self.execute = ActionClient(self.user, ExecuteKeyAction, "/franka_executor/execute")
        self.recover = self.user.create_client(Trigger, "/franka_executor/recover")
        self.change_state = self.user.create_client(ChangeState, "/franka_executor/change_state")
        # A client is destroyed only when nothing spins any more: rclpy does not lock it.
        self.controller = ActionClient(
            self.user, FollowJointTrajectory, "/fr3_arm_controller/follow_joint_trajectory"
        )
        self.executors = (
            SingleThreadedExecutor(),
            MultiThreadedExecutor(num_threads=6),
            SingleThreadedExecutor(),
        )
        for executor, node in zip(self.executors, (self.node, self.robot, self.user), strict=True):
            executor.add_node(node)
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self._spin, args=(executor,)) for executor in self.executors
        ]
        for thread in self.threads:
            thread.start()
        assert self.execute.wait_for_server(DEADLINE_S)
        assert self.recover.wait_for_service(DEADLINE_S)
        assert self.change_state.wait_for_service(DEADLINE_S)

    def _spin(self, executor: SingleThreadedExecutor) -> None:
        while not self.ended.is_set():
            executor.spin_once(timeout_sec=0.1)

    def close(self) -> None:
        self.robot.release()
        self.node.halt()
        self.robot.kill_controller()
        self.ended.set()
        for thread in self.threads:
            thread.join()
        for executor in self.executors:
            executor.shutdown()
        # Clients and servers of actions outlive their node, and their participant with them: 32
        # on one machine find each other, and each later one would find nobody.
        self.execute.destroy()
        self.controller.destroy()
        for node in (self.node, self.robot, self.user):
            node.destroy_node()
        rclpy.shutdown()
        self.executors = ()
        gc.collect()

    def answer(self, request: Callable[[], Future]) -> Any:
        """What an action's server answers to a request.

        rclpy's action client notes a request only after sending it, so only the thread that
        would take the answer may send it.
        """
        return wait(wait(self.executors[2].create_task(request)))

    def send(self, action: KeyAction, frame: str = "base") -> ClientGoalHandle:
        """Handle of the goal."""
        goal = ExecuteKeyAction.Goal(action=key_action_to_message(action))
        goal.header.frame_id = frame
        self.feedback.clear()
        return self.answer(
            lambda: self.execute.send_goal_async(
                goal, feedback_callback=lambda message: self.feedback.append(message.feedback)
            )
        )

    def run(self, action: KeyAction, frame: str = "base") -> ExecuteKeyAction.Result:
        return self.answer(self.send(action, frame).get_result_async).result


def wait(future: Future) -> object:
    """The result of a future that another thread completes."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    assert done.wait(DEADLINE_S), "no answer"
    return future.result()


def eventually(check: Callable[[], bool]) -> None:
    """Poll a condition that becomes true within the deadline."""
    pause = threading.Event()
    for _ in range(int(DEADLINE_S / 0.02)):
        if check():
            return
        pause.wait(0.02)
    pytest.fail("it never came true")


def make_ready(bench: Bench) -> None:
    """An active node and a healthy robot, which the node has heard."""
    robot, node = bench.robot, bench.node
    robot.release()
    eventually(node._working.acquire)
    node._working.release()
    eventually(lambda: not node._server.busy)
    robot.reset()
    robot.start_controller()
    if node._state_machine.current_state[0] == State.PRIMARY_STATE_UNCONFIGURED:
        assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    if node._state_machine.current_state[0] == State.PRIMARY_STATE_INACTIVE:
        assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    monitor = node._robot.value.monitor
    eventually(
        lambda: (
            monitor.problem() is None
            and monitor.robot_state() is not None
            and monitor.robot_state().robot_mode == robot.mode
            and np.allclose(monitor.robot_state().desired_joint_state.position, robot.goal)
            and np.allclose(monitor.measured_joints, robot.goal)
            and monitor.gripper_width_m == pytest.approx(robot.width_m)
        )
    )


def assert_failed(result: ExecuteKeyAction.Result, code: ErrorCode, *words: str) -> None:
    assert ErrorCode(result.error_code) is code, result.error_msg
    for word in words:
        assert word in result.error_msg
