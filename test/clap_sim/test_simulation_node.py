"""The simulation node over real DDS, as a client of franka_ros2 meets it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import rclpy
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_sim.world.robot import HOME_RAD
from control_msgs.action import FollowJointTrajectory, GripperCommand
from franka_msgs.action import ErrorRecovery, Grasp, Move
from franka_msgs.msg import FrankaRobotState
from franka_msgs.srv import SetForceTorqueCollisionBehavior
from tf2_msgs.msg import TFMessage

DEADLINE_S = 30.0
JOINTS = [f"fr3_joint{i}" for i in range(1, 8)]
ARM = "/fr3_arm_controller/follow_joint_trajectory"
STATE = "/franka_robot_state_broadcaster"
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Client:
    """A node with an executor of its own, whose waits have a deadline."""

    def __init__(self, context: rclpy.Context) -> None:
        self.node = Node("client", context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)

    def until(self, done: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline: {what}"
            self.executor.spin_once(timeout_sec=0.1)

    def wait(self, future: Any, what: str) -> Any:
        self.until(future.done, what)
        return future.result()

    def listen(self, message_type: Any, topic: str, qos: Any = 10) -> list[Any]:
        received: list[Any] = []
        self.node.create_subscription(message_type, topic, received.append, qos)
        return received

    def first(self, message_type: Any, topic: str, qos: Any = 10) -> Any:
        received: list[Any] = []
        subscription = self.node.create_subscription(message_type, topic, received.append, qos)
        self.until(lambda: received, f"a message on {topic}")
        self.node.destroy_subscription(subscription)
        return received[0]

    def send(self, action_type: Any, name: str, goal: Any, feedback: Any = None) -> Any:
        client = ActionClient(self.node, action_type, name)
        self.until(client.server_is_ready, f"the server of {name}")
        return self.wait(client.send_goal_async(goal, feedback), f"the answer of {name}")

    def run(self, action_type: Any, name: str, goal: Any) -> tuple[int, Any]:
        handle = self.send(action_type, name, goal)
        assert handle.accepted
        return self.result(handle)

    def result(self, handle: Any) -> tuple[int, Any]:
        response = self.wait(handle.get_result_async(), "the result")
        return response.status, response.result

    def call(self, service_type: Any, name: str, request: Any) -> Any:
        client = self.node.create_client(service_type, name)
        self.until(client.service_is_ready, f"the service {name}")
        return self.wait(client.call_async(request), f"the answer of {name}")

    def joints(self) -> np.ndarray:
        state = self.first(JointState, "/joint_states")
        return np.array([state.position[state.name.index(joint)] for joint in JOINTS])


@pytest.fixture(scope="module")
def simulation() -> Iterator[subprocess.Popen[bytes]]:
    """The node as a process; it must end by itself on SIGTERM."""
    parameters = {"scene": "empty", "real_time_factor": "0.0"}
    arguments = [part for item in parameters.items() for part in ("-p", ":=".join(item))]
    process = subprocess.Popen(
        [sys.executable, "-m", "clap_sim.simulation.node", "--ros-args", *arguments]
    )
    yield process
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert status == 0


@pytest.fixture(scope="module")
def client(simulation: subprocess.Popen[bytes]) -> Iterator[Client]:
    context = rclpy.Context()
    rclpy.init(context=context)
    client = Client(context)
    # The node is single-threaded, so once it publishes it serves everything else too.
    client.first(Clock, "/clock")
    yield client
    client.executor.shutdown()
    client.node.destroy_node()
    context.try_shutdown()


def trajectory(
    offset: float, seconds: float, joints: list[str] = JOINTS, at_once: bool = False
) -> FollowJointTrajectory.Goal:
    goal = FollowJointTrajectory.Goal()
    goal.trajectory.joint_names = joints
    target = (np.array(HOME_RAD) + offset).tolist()
    times = ([0.0] if at_once else []) + [seconds]
    goal.trajectory.points = [
        JointTrajectoryPoint(
            positions=target,
            velocities=[0.0] * 7,
            accelerations=[0.0] * 7,
            time_from_start=Duration(sec=int(t), nanosec=round(t % 1.0 * 1e9)),
        )
        for t in times
    ]
    return goal


def test_a_trajectory_gives_feedback_and_ends_at_its_goal(client: Client) -> None:
    feedback: list[Any] = []
    handle = client.send(
        FollowJointTrajectory, ARM, trajectory(0.2, 1.0), lambda m: feedback.append(m.feedback)
    )
    status, result = client.result(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert result.error_code == FollowJointTrajectory.Result.SUCCESSFUL
    np.testing.assert_allclose(client.joints(), np.array(HOME_RAD) + 0.2, atol=5e-3)
    assert feedback and list(feedback[0].joint_names) == JOINTS
    error = np.array(feedback[-1].desired.positions) - feedback[-1].actual.positions
    np.testing.assert_allclose(feedback[-1].error.positions, error)


def test_an_invalid_goal_is_refused(client: Client) -> None:
    wrong = trajectory(0.0, 1.0, joints=[f"panda_joint{i}" for i in range(1, 8)])
    assert not client.send(FollowJointTrajectory, ARM, wrong).accepted


def test_cancel_stops_the_arm_and_the_next_goal_works(client: Client) -> None:
    client.run(FollowJointTrajectory, ARM, trajectory(0.0, 1.0))
    moving: list[Any] = []
    handle = client.send(FollowJointTrajectory, ARM, trajectory(0.5, 30.0), moving.append)
    client.until(lambda: moving, "feedback")
    client.wait(handle.cancel_goal_async(), "the answer to cancel")
    status, _ = client.result(handle)
    assert status == GoalStatus.STATUS_CANCELED
    stopped = client.joints()
    assert np.abs(stopped - HOME_RAD).max() < 0.49
    np.testing.assert_allclose(client.joints(), stopped, atol=2e-3)
    status, _ = client.run(FollowJointTrajectory, ARM, trajectory(0.0, 1.0))
    assert status == GoalStatus.STATUS_SUCCEEDED


def test_a_new_goal_preempts_the_running_one(client: Client) -> None:
    first = client.send(FollowJointTrajectory, ARM, trajectory(0.3, 30.0))
    second = client.send(FollowJointTrajectory, ARM, trajectory(-0.1, 1.5))
    status, result = client.result(first)
    assert status == GoalStatus.STATUS_ABORTED
    assert result.error_code == FollowJointTrajectory.Result.INVALID_GOAL
    assert "new incoming action" in result.error_string
    assert client.result(second)[0] == GoalStatus.STATUS_SUCCEEDED


def test_after_a_reflex_motion_is_refused_until_recovery(client: Client) -> None:
    states = client.listen(FrankaRobotState, f"{STATE}/robot_state")
    status, result = client.run(FollowJointTrajectory, ARM, trajectory(0.5, 1.0, at_once=True))
    assert status == GoalStatus.STATUS_ABORTED
    assert "joint_motion_generator_velocity_discontinuity" in result.error_string
    client.until(
        lambda: states and states[-1].robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX,
        "the reflex mode",
    )
    assert states[-1].current_errors.joint_motion_generator_velocity_discontinuity
    assert not client.send(FollowJointTrajectory, ARM, trajectory(0.0, 1.0)).accepted
    status, _ = client.run(ErrorRecovery, "/action_server/error_recovery", ErrorRecovery.Goal())
    assert status == GoalStatus.STATUS_SUCCEEDED
    status, _ = client.run(FollowJointTrajectory, ARM, trajectory(0.0, 1.0))
    assert status == GoalStatus.STATUS_SUCCEEDED
    client.until(lambda: not any(_flags(states[-1].current_errors)), "no errors")
    assert states[-1].last_motion_errors.joint_motion_generator_velocity_discontinuity


def _flags(errors: Any) -> list[bool]:
    return [getattr(errors, name) for name in errors.get_fields_and_field_types()]


def test_the_gripper_moves_grasps_and_stops(client: Client) -> None:
    status, moved = client.run(Move, "/franka_gripper/move", Move.Goal(width=0.06, speed=0.1))
    assert status == GoalStatus.STATUS_SUCCEEDED and moved.success
    nothing = Grasp.Goal(width=0.04, speed=0.1, force=20.0)
    status, grasped = client.run(Grasp, "/franka_gripper/grasp", nothing)
    assert status == GoalStatus.STATUS_ABORTED and not grasped.success
    assert "grasp failed" in grasped.error
    status, refused = client.run(Move, "/franka_gripper/move", Move.Goal(width=0.2, speed=0.1))
    assert status == GoalStatus.STATUS_ABORTED and "0.2 m" in refused.error

    goal = GripperCommand.Goal()
    goal.command.position = 0.03  # of each finger, as upstream
    status, commanded = client.run(GripperCommand, "/franka_gripper/gripper_action", goal)
    assert status == GoalStatus.STATUS_SUCCEEDED and commanded.reached_goal
    assert commanded.position == pytest.approx(0.06, abs=2e-3)
    state = client.first(JointState, "/franka_gripper/joint_states")
    assert list(state.name) == ["fr3_finger_joint1", "fr3_finger_joint2"]
    assert list(state.position) == pytest.approx([0.03, 0.03], abs=1e-3)

    slow = client.send(Move, "/franka_gripper/move", Move.Goal(width=0.0, speed=0.001))
    assert client.call(Trigger, "/franka_gripper/stop", Trigger.Request()).success
    assert not client.result(slow)[1].success


def test_a_reset_of_the_world_ends_the_motion_and_brings_the_arm_home(client: Client) -> None:
    moving: list[Any] = []
    handle = client.send(FollowJointTrajectory, ARM, trajectory(0.3, 30.0), moving.append)
    client.until(lambda: moving, "feedback")
    assert client.call(Trigger, "/simulation/reset", Trigger.Request()).success
    status, result = client.result(handle)
    assert status == GoalStatus.STATUS_ABORTED and "reset" in result.error_string
    np.testing.assert_allclose(client.joints(), HOME_RAD, atol=1e-2)


def test_the_user_stop_is_a_parameter(client: Client) -> None:
    states = client.listen(FrankaRobotState, f"{STATE}/robot_state")
    for pressed, mode in (
        (True, FrankaRobotState.ROBOT_MODE_USER_STOPPED),
        (False, FrankaRobotState.ROBOT_MODE_IDLE),
    ):
        parameter = Parameter("franka.user_stop", value=pressed).to_parameter_msg()
        request = SetParameters.Request(parameters=[parameter])
        answer = client.call(SetParameters, "/simulation/set_parameters", request)
        assert answer.results[0].successful
        client.until(lambda m=mode: states and states[-1].robot_mode == m, "the mode")
        accepted = client.send(FollowJointTrajectory, ARM, trajectory(0.0, 1.0)).accepted
        assert accepted is not pressed


def test_bad_thresholds_are_refused_with_the_reason(client: Client) -> None:
    request = SetForceTorqueCollisionBehavior.Request()
    service = "/service_server/set_force_torque_collision_behavior"
    request.lower_torque_thresholds_nominal[0] = -1.0
    answer = client.call(SetForceTorqueCollisionBehavior, service, request)
    assert not answer.success and "torque thresholds" in answer.error


def test_the_clock_only_goes_forward(client: Client) -> None:
    clocks = client.listen(Clock, "/clock", 100)
    client.until(lambda: len(clocks) >= 50, "50 clock messages")
    times = np.array([c.clock.sec * 10**9 + c.clock.nanosec for c in clocks])
    assert (np.diff(times) > 0).all()


def test_the_frames_reach_from_base_to_the_tool(client: Client) -> None:
    # The cameras have a publisher of their own there; a depth of 1 would keep but one of them.
    latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    messages = client.listen(TFMessage, "/tf_static", latched)
    messages.append(client.first(TFMessage, "/tf", 100))
    parents: dict[str, str] = {}

    def complete() -> bool:
        for message in messages:
            parents.update({t.child_frame_id: t.header.frame_id for t in message.transforms})
        return "fr3_hand_tcp" in parents

    client.until(complete, "the fixed frames")
    chain = ["fr3_hand_tcp"]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
    links = [f"fr3_link{i}" for i in range(8, -1, -1)]
    assert chain == ["fr3_hand_tcp", "fr3_hand", *links, "base"]
    assert parents["fr3_leftfinger"] == parents["fr3_rightfinger"] == "fr3_hand"
    assert "<robot" in client.first(String, "/robot_description", LATCHED).data


def test_the_state_is_offered_as_upstream_does(client: Client) -> None:
    best_effort = (
        "current_pose",
        "last_desired_pose",
        "desired_end_effector_twist",
        "measured_joint_states",
        "desired_joint_states",
        "external_joint_torques",
        "external_wrench_in_base_frame",
        "external_wrench_in_stiffness_frame",
    )
    expected = dict.fromkeys(best_effort, ReliabilityPolicy.BEST_EFFORT)
    expected["robot_state"] = ReliabilityPolicy.RELIABLE

    def offers(topic: str) -> list[Any]:
        return client.node.get_publishers_info_by_topic(f"{STATE}/{topic}")

    client.until(lambda: all(offers(topic) for topic in expected), "all topics")
    offered = {topic: offers(topic)[0].qos_profile.reliability for topic in expected}
    assert offered == expected


def test_the_best_effort_topics_carry_data(client: Client) -> None:
    wrench = client.first(WrenchStamped, f"{STATE}/external_wrench_in_base_frame", BEST_EFFORT)
    assert wrench.header.frame_id == "base"
    assert wrench.header.stamp.sec + wrench.header.stamp.nanosec > 0
