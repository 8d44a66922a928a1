"""A Franka that only pretends: the servers and topics of franka_ros2, made to misbehave."""

from __future__ import annotations

import gc
import threading
from collections import deque
from typing import Any

import numpy as np
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from clap_core.robot.specification import HOME
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import ErrorRecovery, Grasp, Move
from franka_msgs.msg import FrankaRobotState

PERIOD_S = 0.02
DEADLINE_S = 20.0
OPEN_M = 0.08
STEP_RAD = 0.1
"""How far a joint moves in a period: a robot does not jump, and the node would not believe it."""


class MockFranka(Node):
    """Moves fast to where it is told, unless told to misbehave.

    Attributes:
        arm: follow | reject | abort | hang (until cancelled) | ignores_cancel | reflex | late
            (accepts once `answers` is set, then hangs) | mute (does not even answer) | stuck (its
            feedback goes on with the plan, but the joints do not).
        gripper: obey | reject | fail | hang.
        recovery: obey | abort.
        object_width_m: of what the fingers close on; 0 for nothing.
    """

    def __init__(self) -> None:
        super().__init__("mock_franka")
        self.moving = threading.Event()
        self.gripping = threading.Event()
        self.canceled = threading.Event()
        self.stopped = threading.Event()
        self.asked = threading.Event()
        self.answers = threading.Event()
        self._hanging: list[Future] = []
        self._plan: _Plan | None = None
        self.joints = np.array(HOME)
        self._arrived: Future | None = None
        self.reset()
        group = ReentrantCallbackGroup()
        qos = QoSProfile(depth=10)
        self._joint_states = self.create_publisher(JointState, "/joint_states", qos)
        self._robot_state = self.create_publisher(
            FrankaRobotState, "/franka_robot_state_broadcaster/robot_state", qos
        )
        self.create_timer(PERIOD_S, self._publish)  # of the default group: one state at a time
        self.create_service(Trigger, "/franka_gripper/stop", self._on_stop, callback_group=group)
        self._servers = (
            self._serve(Move, "/franka_gripper/move", self._on_move, self._gripper_accepts),
            self._serve(Grasp, "/franka_gripper/grasp", self._on_grasp, self._gripper_accepts),
            self._serve(ErrorRecovery, "/action_server/error_recovery", self._on_recovery),
        )
        self._controller: _Controller | None = None
        self.start_controller()

    def reset(self) -> None:
        """As after power-on."""
        self.arm = "follow"
        self.gripper = "obey"
        self.recovery = "obey"
        self.object_width_m = 0.05
        self.goal = np.array(HOME)
        self.deviation = np.zeros(7)
        self.width_m = OPEN_M
        self.mode = FrankaRobotState.ROBOT_MODE_IDLE
        self.force_n = np.zeros(3)
        self.finger_positions: list[float] = []  # instead of those of width_m
        self.publishes_joints = True
        self.publishes_state = True
        self.trajectories: list[Any] = []
        self.grasps: list[Any] = []
        self.answers.set()
        for event in (self.moving, self.gripping, self.canceled, self.stopped, self.asked):
            event.clear()

    def destroy_node(self) -> None:
        """Take the actions off the graph too."""
        for server in self._servers:
            server.destroy()
        super().destroy_node()

    def start_controller(self) -> None:
        """Serve trajectories."""
        if self._controller is None:
            self._controller = _Controller(self)

    def kill_controller(self) -> None:
        """The controller's process is gone."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.die()

    def _serve(
        self, action_type: Any, name: str, execute: Any, accepts: Any = lambda: True
    ) -> ActionServer:
        return _serve(self, action_type, name, execute, accepts, self.on_cancel)

    def arm_accepts(self) -> bool:
        """Whether the controller takes a goal."""
        arm = self.arm
        self.asked.set()
        if arm in ("late", "mute"):
            self.answers.wait(DEADLINE_S)
        return arm not in ("reject", "mute")

    def _gripper_accepts(self) -> bool:
        return self.gripper != "reject"

    def on_cancel(self, _: Any) -> CancelResponse:
        self.canceled.set()
        if self.arm == "ignores_cancel":
            return CancelResponse.REJECT
        self.release(canceled=True)
        return CancelResponse.ACCEPT

    def _publish(self) -> None:
        self.joints = self.joints + np.clip(self.goal - self.joints, -STEP_RAD, STEP_RAD)
        if self._arrived is not None and np.allclose(self.joints, self.goal):
            arrived, self._arrived = self._arrived, None
            arrived.set_result(True)
        if self._plan is not None:
            self._plan.tell_next(self.joints)
        if self.publishes_joints:
            message = JointState()
            message.header.stamp = self.get_clock().now().to_msg()
            message.name = [f"fr3_joint{number}" for number in range(1, 8)]
            message.name += ["fr3_finger_joint1", "fr3_finger_joint2"]
            fingers = self.finger_positions or [self.width_m / 2] * 2
            message.position = [*(self.joints + self.deviation), *fingers]
            self._joint_states.publish(message)
        if self.publishes_state:
            state = FrankaRobotState(robot_mode=self.mode)
            state.desired_joint_state.position = list(self.joints)
            state.current_errors.joint_reflex = self.mode == FrankaRobotState.ROBOT_MODE_REFLEX
            force = state.o_f_ext_hat_k.wrench.force
            force.x, force.y, force.z = (float(value) for value in self.force_n)
            self._robot_state.publish(state)

    async def on_trajectory(self, handle: Any) -> FollowJointTrajectory.Result:
        trajectory = handle.request.trajectory
        self.trajectories.append(trajectory)
        result = FollowJointTrajectory.Result()
        feedback = FollowJointTrajectory.Feedback()
        feedback.desired.time_from_start = trajectory.points[
            len(trajectory.points) // 2
        ].time_from_start
        handle.publish_feedback(feedback)
        self.moving.set()
        if self.arm == "stuck":
            self._plan = _Plan(handle, trajectory)
        if self.arm in ("hang", "ignores_cancel", "late", "stuck"):
            await self._hang(handle)
            return result
        if self.arm == "abort":
            result.error_code = result.PATH_TOLERANCE_VIOLATED
            result.error_string = "joint 3 is 0.2 rad off"
            handle.abort()
            return result
        if self.arm == "reflex":
            # The mode follows the abort, as it may on a real robot.
            handle.abort()
            self.mode = FrankaRobotState.ROBOT_MODE_REFLEX
            return result
        self.goal = np.array(trajectory.points[-1].positions)
        self._arrived = Future()
        await self._arrived
        handle.succeed()
        return result

    async def _hang(self, handle: Any) -> None:
        """Until cancelled or released. Blocks no thread, so that a server can die meanwhile."""
        end: Future = Future()
        self._hanging.append(end)
        if not await end:
            handle.abort()
            return
        # The goal becomes cancellable just after the callback that accepted the cancel.
        while not handle.is_cancel_requested:
            threading.Event().wait(0.001)
        handle.canceled()

    def release(self, canceled: bool = False) -> None:
        """Let all calls end that `_hang` holds up."""
        self._plan = None
        hanging, self._hanging = self._hanging, []
        for end in hanging:
            end.set_result(canceled)

    async def _on_move(self, handle: Any) -> Move.Result:
        return await self._grip(handle, Move.Result(), handle.request.width)

    async def _on_grasp(self, handle: Any) -> Grasp.Result:
        self.grasps.append(handle.request)
        return await self._grip(handle, Grasp.Result(), self.object_width_m)

    async def _grip(self, handle: Any, result: Any, width_m: float) -> Any:
        self.gripping.set()
        if self.gripper == "hang":
            await self._hang(handle)
            return result
        if self.gripper == "fail":
            result.error = "the fingers are blocked"
            handle.abort()
            return result
        self.width_m = width_m
        result.success = True
        handle.succeed()
        return result

    def _on_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.stopped.set()
        response.success = True
        return response

    def _on_recovery(self, handle: Any) -> ErrorRecovery.Result:
        if self.recovery == "obey":
            self.mode = FrankaRobotState.ROBOT_MODE_IDLE
            handle.succeed()
        else:
            handle.abort()
        return ErrorRecovery.Result()


class _Plan:
    """Feedback that follows a trajectory, a point each period, and stays at its end.

    All at once, the messages would push one another out of a busy reader's queue.
    """

    def __init__(self, handle: Any, trajectory: Any) -> None:
        self._handle = handle
        self._names = list(trajectory.joint_names)
        self._points = deque(trajectory.points)

    def tell_next(self, joints: np.ndarray) -> None:
        """Publish where the plan is, and where the joints are."""
        point = self._points[0] if len(self._points) == 1 else self._points.popleft()
        feedback = FollowJointTrajectory.Feedback(joint_names=self._names)
        feedback.desired.time_from_start = point.time_from_start
        feedback.desired.positions = point.positions
        feedback.actual.positions = [float(joint) for joint in joints]
        self._handle.publish_feedback(feedback)


class _Controller:
    """The trajectory controller, with a node and threads of its own so that it can die."""

    def __init__(self, robot: MockFranka) -> None:
        self._node = Node("fr3_arm_controller")
        self._server = _serve(
            self._node,
            FollowJointTrajectory,
            "/fr3_arm_controller/follow_joint_trajectory",
            robot.on_trajectory,
            robot.arm_accepts,
            robot.on_cancel,
        )
        self._executor = MultiThreadedExecutor(num_threads=3)
        self._executor.add_node(self._node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.05)

    def die(self) -> None:
        self._ended.set()
        self._thread.join()
        # Else what the executor was about to do would keep the server alive.
        self._executor.shutdown(timeout_sec=1.0)
        self._server.destroy()
        self._node.destroy_node()
        # Nor may the server wait for Python to clear up what still refers to it.
        gc.collect()


def _serve(
    node: Node, action_type: Any, name: str, execute: Any, accepts: Any, on_cancel: Any
) -> ActionServer:
    return ActionServer(
        node,
        action_type,
        name,
        execute_callback=execute,
        goal_callback=lambda _: GoalResponse.ACCEPT if accepts() else GoalResponse.REJECT,
        cancel_callback=on_cancel,
        callback_group=ReentrantCallbackGroup(),
    )
