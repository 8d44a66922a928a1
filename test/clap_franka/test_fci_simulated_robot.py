"""The node against franka-sim, which speaks the robot's own protocol: motions and all that ends
them. libfranka is the real one; no robot was there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_cli.simulated_fci import SimulatedFci
from control_msgs.action import FollowJointTrajectory, GripperCommand
from franka_msgs.action import ErrorRecovery, Grasp, Homing, Move
from franka_msgs.msg import FrankaRobotState
from franka_msgs.srv import SetForceTorqueCollisionBehavior, SetJointStiffness, SetLoad

pytest.importorskip("pylibfranka", reason="./clap setup --with fci installs it")
pytestmark = pytest.mark.timeout(300)

DEADLINE_S = 30.0
JOINTS = [f"fr3_joint{i}" for i in range(1, 8)]
ARM = "/fr3_arm_controller/follow_joint_trajectory"
STATE = "/franka_robot_state_broadcaster"
RECOVERY = "/action_server/error_recovery"
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
CARTESIAN_REFLEX = 6
"""research_interface::robot::Error"""


class Bench:
    """The robot, the node as a process, and a client of it."""

    def __init__(self, folder: Path) -> None:
        self.robot = SimulatedFci(folder)
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.client = Node("client", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.client)
        self.status: DiagnosticStatus | None = None
        self.state: FrankaRobotState | None = None
        self.client.create_subscription(DiagnosticArray, "/diagnostics", self._on_status, 10)
        self.client.create_subscription(
            FrankaRobotState, f"{STATE}/robot_state", self._on_state, BEST_EFFORT
        )
        self.node = self.start_node()

    def start_node(self) -> subprocess.Popen[bytes]:
        parameters = {"robot_ip": self.robot.address, "answer_timeout": "20.0"}
        arguments = [part for item in parameters.items() for part in ("-p", ":=".join(item))]
        command = [sys.executable, "-m", "clap_franka.fci.node", "--ros-args", *arguments]
        return subprocess.Popen(command)

    def _on_status(self, message: DiagnosticArray) -> None:
        if "fci_driver" in message.status[0].name:
            self.status = message.status[0]

    def _on_state(self, message: FrankaRobotState) -> None:
        self.state = message

    def until(self, done: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline: {what}; status {self.status}"
            self.executor.spin_once(timeout_sec=0.1)

    def until_status(self, level: bytes, words: str) -> None:
        self.until(
            lambda: (
                self.status is not None
                and self.status.level == level
                and words in self.status.message
            ),
            f"the status {words}",
        )

    def until_ready(self) -> None:
        def idle() -> bool:
            level = DiagnosticStatus.ERROR if self.status is None else self.status.level
            mode = -1 if self.state is None else self.state.robot_mode
            return level != DiagnosticStatus.ERROR and mode == FrankaRobotState.ROBOT_MODE_IDLE

        self.until(idle, "the robot is ready")

    def wait(self, future: Any, what: str) -> Any:
        self.until(future.done, what)
        return future.result()

    def first(self, kind: Any, topic: str, qos: Any = 10) -> Any:
        heard: list[Any] = []
        subscription = self.client.create_subscription(kind, topic, heard.append, qos)
        self.until(lambda: heard, f"a message on {topic}")
        self.client.destroy_subscription(subscription)
        return heard[0]

    def joints(self) -> np.ndarray:
        message = self.first(JointState, "/joint_states")
        return np.array([message.position[message.name.index(joint)] for joint in JOINTS])

    def send(self, kind: Any, name: str, goal: Any, feedback: Any = None) -> Any:
        client = ActionClient(self.client, kind, name)
        self.until(client.server_is_ready, f"the server of {name}")
        return self.wait(client.send_goal_async(goal, feedback), f"the answer of {name}")

    def result(self, handle: Any) -> tuple[int, Any]:
        response = self.wait(handle.get_result_async(), "the result")
        return response.status, response.result

    def run(self, kind: Any, name: str, goal: Any) -> tuple[int, Any]:
        handle = self.send(kind, name, goal)
        assert handle.accepted
        return self.result(handle)

    def call(self, kind: Any, name: str, request: Any) -> Any:
        client = self.client.create_client(kind, f"/service_server/{name}")
        self.until(client.service_is_ready, f"the service {name}")
        return self.wait(client.call_async(request), f"the answer of {name}")

    def moving(self, offset: float, seconds: float) -> Any:
        """A goal that has begun to move the arm."""
        feedback: list[Any] = []
        handle = self.send(FollowJointTrajectory, ARM, self.goal(offset, seconds), feedback.append)
        assert handle.accepted
        self.until(
            lambda: feedback and abs(feedback[-1].feedback.desired.velocities[0]) > 0.02, "motion"
        )
        return handle

    def goal(self, offset: float, seconds: float) -> FollowJointTrajectory.Goal:
        goal = FollowJointTrajectory.Goal()
        goal.trajectory.joint_names = JOINTS
        target = self.joints()
        target[0] += offset
        goal.trajectory.points = [
            JointTrajectoryPoint(
                positions=target.tolist(),
                velocities=[0.0] * 7,
                accelerations=[0.0] * 7,
                time_from_start=Duration(sec=int(seconds), nanosec=round(seconds % 1.0 * 1e9)),
            )
        ]
        return goal

    def moves(self) -> None:
        """The robot takes a motion, as after all that goes wrong."""
        self.until_ready()
        before = self.joints()
        status, result = self.run(FollowJointTrajectory, ARM, self.goal(0.1, 1.0))
        assert status == GoalStatus.STATUS_SUCCEEDED, result.error_string
        after = self.joints()
        assert after[0] - before[0] == pytest.approx(0.1, abs=0.01)
        status, _ = self.run(FollowJointTrajectory, ARM, self.goal(-0.1, 1.0))
        assert status == GoalStatus.STATUS_SUCCEEDED

    def recover(self) -> None:
        status, _ = self.run(ErrorRecovery, RECOVERY, ErrorRecovery.Goal())
        assert status == GoalStatus.STATUS_SUCCEEDED

    def is_still(self) -> bool:
        before = self.joints()
        return bool(np.abs(self.joints() - before).max() < 2e-3)

    def end(self) -> None:
        if self.node.poll() is None:
            self.node.send_signal(signal.SIGTERM)
        try:
            self.node.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.node.kill()
            raise
        finally:
            self.robot.end()
            self.executor.shutdown()
            self.client.destroy_node()
            self.context.try_shutdown()


@pytest.fixture(scope="module")
def one_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("fci"))
    yield bench
    bench.end()
    assert bench.node.returncode == 0


@pytest.fixture
def bench(one_bench: Bench) -> Bench:
    one_bench.until_ready()
    return one_bench


def test_a_trajectory_moves_the_robot_and_gives_feedback(bench: Bench) -> None:
    start, feedback = bench.joints(), []
    handle = bench.send(
        FollowJointTrajectory, ARM, bench.goal(0.2, 1.5), lambda m: feedback.append(m.feedback)
    )
    status, result = bench.result(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED, result.error_string
    assert bench.joints()[0] - start[0] == pytest.approx(0.2, abs=0.01)
    assert feedback and list(feedback[0].joint_names) == JOINTS
    bench.moves()


def test_a_cancelled_goal_stops_the_arm(bench: Bench) -> None:
    handle = bench.moving(0.6, 6.0)
    bench.wait(handle.cancel_goal_async(), "the answer to cancel")
    status, _ = bench.result(handle)
    assert status == GoalStatus.STATUS_CANCELED
    assert bench.is_still()
    bench.moves()


def test_a_new_goal_takes_over(bench: Bench) -> None:
    first = bench.moving(0.5, 6.0)
    second = bench.send(FollowJointTrajectory, ARM, bench.goal(-0.1, 2.0))
    status, result = bench.result(first)
    assert status == GoalStatus.STATUS_ABORTED and "new incoming action" in result.error_string
    assert bench.result(second)[0] == GoalStatus.STATUS_SUCCEEDED


def test_a_goal_that_is_too_fast_is_refused_and_nothing_moves(bench: Bench) -> None:
    before = bench.joints()
    assert not bench.send(FollowJointTrajectory, ARM, bench.goal(1.0, 0.3)).accepted
    np.testing.assert_allclose(bench.joints(), before, atol=1e-3)


def test_a_reflex_is_named_and_recovery_makes_it_move_again(bench: Bench) -> None:
    handle = bench.moving(0.5, 6.0)
    bench.robot.order("error", CARTESIAN_REFLEX)
    status, result = bench.result(handle)
    assert status == GoalStatus.STATUS_ABORTED and "reflex" in result.error_string
    assert "error_recovery" in result.error_string
    bench.until_status(DiagnosticStatus.ERROR, "stopped by reflex")
    assert bench.is_still()
    assert not bench.send(FollowJointTrajectory, ARM, bench.goal(0.1, 1.0)).accepted
    bench.until(
        lambda: bench.state and bench.state.robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX,
        "the mode",
    )
    assert bench.state is not None
    names = bench.state.current_errors.get_fields_and_field_types()
    assert any(getattr(bench.state.current_errors, name) for name in names)
    bench.recover()
    bench.moves()


def test_the_user_stop_is_named_and_refuses_until_released(bench: Bench) -> None:
    handle = bench.moving(0.5, 6.0)
    bench.robot.order("user_stop")
    status, result = bench.result(handle)
    assert status == GoalStatus.STATUS_ABORTED and "user stop is pressed" in result.error_string
    bench.robot.order("user_stop")
    bench.until_status(DiagnosticStatus.ERROR, "the user stop is pressed")
    assert not bench.send(FollowJointTrajectory, ARM, bench.goal(0.1, 1.0)).accepted
    assert bench.is_still()
    bench.robot.order("release")
    bench.moves()


def test_guiding_is_named_and_refuses(bench: Bench) -> None:
    bench.robot.order("guiding")
    bench.until_status(DiagnosticStatus.ERROR, "guided by hand")
    assert not bench.send(FollowJointTrajectory, ARM, bench.goal(0.1, 1.0)).accepted
    bench.robot.order("release")
    bench.moves()


def test_a_cable_that_is_out_in_mid_motion_ends_the_goal_and_it_comes_back(bench: Bench) -> None:
    handle = bench.moving(0.5, 6.0)
    bench.robot.unplug()
    status, result = bench.result(handle)
    assert status == GoalStatus.STATUS_ABORTED
    assert "connection to the robot is lost" in result.error_string
    bench.until_status(DiagnosticStatus.ERROR, "")
    bench.robot.plug()
    bench.moves()


def test_the_hand_moves_grasps_and_homes(bench: Bench) -> None:
    status, _ = bench.run(Homing, "/franka_gripper/homing", Homing.Goal())
    assert status == GoalStatus.STATUS_SUCCEEDED
    status, moved = bench.run(Move, "/franka_gripper/move", Move.Goal(width=0.06, speed=0.1))
    assert status == GoalStatus.STATUS_SUCCEEDED and moved.success
    grasp = Grasp.Goal(width=0.03, speed=0.1, force=20.0)  # what franka-sim holds out
    grasp.epsilon.inner = grasp.epsilon.outer = 0.005
    status, grasped = bench.run(Grasp, "/franka_gripper/grasp", grasp)
    assert status == GoalStatus.STATUS_SUCCEEDED and grasped.success
    status, refused = bench.run(Move, "/franka_gripper/move", Move.Goal(width=0.2, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED and "0.2 m" in refused.error
    opening = GripperCommand.Goal()
    opening.command.position = 0.035
    status, opened = bench.run(GripperCommand, "/franka_gripper/gripper_action", opening)
    assert status == GoalStatus.STATUS_SUCCEEDED and opened.reached_goal
    heard: list[JointState] = []
    bench.client.create_subscription(
        JointState, "/franka_gripper/joint_states", heard.append, BEST_EFFORT
    )
    bench.until(lambda: heard and abs(sum(heard[-1].position) - 0.07) < 1e-3, "the width")


def test_the_services_reach_the_robot(bench: Bench) -> None:
    load = SetLoad.Request(mass=0.3, center_of_mass=[0.0, 0.0, 0.05])
    assert bench.call(SetLoad, "set_load", load).success
    bench.until(lambda: bench.state and bench.state.inertia_load.inertia.m > 0.29, "the load")
    stiffness = SetJointStiffness.Request(joint_stiffness=[500.0] * 7)
    assert bench.call(SetJointStiffness, "set_joint_stiffness", stiffness).success
    limits = SetForceTorqueCollisionBehavior.Request(
        lower_torque_thresholds_nominal=[20.0] * 7,
        upper_torque_thresholds_nominal=[40.0] * 7,
        lower_force_thresholds_nominal=[20.0] * 6,
        upper_force_thresholds_nominal=[40.0] * 6,
    )
    name = "set_force_torque_collision_behavior"
    assert bench.call(SetForceTorqueCollisionBehavior, name, limits).success
    bench.call(SetLoad, "set_load", SetLoad.Request(mass=0.0))


def test_topics_are_those_of_franka_ros2(bench: Bench) -> None:
    bench.first(JointState, "/franka/joint_states")
    bench.first(WrenchStamped, f"{STATE}/external_wrench_in_base_frame", BEST_EFFORT)
    assert "fr3_finger_joint2" in bench.first(String, "/robot_description", LATCHED).data
    state = bench.first(FrankaRobotState, f"{STATE}/robot_state", BEST_EFFORT)
    assert list(state.measured_joint_state.name) == JOINTS
    assert state.o_t_ee.header.frame_id == "base"


def test_a_node_that_is_killed_leaves_the_arm_still(tmp_path: Path, one_bench: Bench) -> None:
    one_bench.moving(0.6, 6.0)
    one_bench.node.kill()
    one_bench.node.wait()
    one_bench.state = one_bench.status = None
    one_bench.node = one_bench.start_node()
    one_bench.until_ready()
    assert one_bench.is_still()
    one_bench.moves()
