"""The franka_executor node over real DDS, against a mock robot that misbehaves in every way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import rclpy
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState
from mock_franka import MockFranka
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.executors import MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.task import Future
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.errors import ErrorCode
from clap_core.geometry import tool_down
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import HOME, arm_specification
from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_manipulation.franka_executor.node import FrankaExecutor
from clap_msgs.action import ExecuteKeyAction
from clap_ros import calls
from clap_ros.task_messages import key_action_to_message
from control_msgs.action import FollowJointTrajectory
from franka_msgs.msg import FrankaRobotState

DEADLINE_S = 20.0
PARAMETERS = {
    "supervision.state_timeout_s": 1.0,
    "supervision.server_timeout_s": 0.5,
    "supervision.duration_factor": 1.0,
    "supervision.duration_slack_s": 0.2,
    "supervision.recovery_timeout_s": 2.0,
    "gripper.timeout_s": 5.0,
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
        for node in (self.node, self.robot, self.user):
            node.destroy_node()
        rclpy.shutdown()

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


@pytest.fixture(scope="module")
def shared_bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """An active node and a healthy robot, which the node has heard."""
    robot, node = shared_bench.robot, shared_bench.node
    robot.release()  # whoever hangs from the test before
    eventually(node._working.acquire)
    node._working.release()
    eventually(lambda: not node._server.busy)
    robot.reset()
    robot.start_controller()
    if node._state_machine.current_state[0] == State.PRIMARY_STATE_UNCONFIGURED:
        assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    if node._state_machine.current_state[0] == State.PRIMARY_STATE_INACTIVE:
        assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    monitor = node._robot.monitor
    eventually(
        lambda: (
            monitor.problem() is None
            and monitor.robot_state() is not None
            and monitor.robot_state().robot_mode == robot.mode
            and np.allclose(monitor.robot_state().desired_joint_state.position, robot.joints)
            and np.allclose(monitor.measured_joints, robot.joints)
            and monitor.gripper_width_m == pytest.approx(robot.width_m)
        )
    )
    return shared_bench


def assert_failed(result: ExecuteKeyAction.Result, code: ErrorCode, *words: str) -> None:
    assert ErrorCode(result.error_code) is code, result.error_msg
    for word in words:
        assert word in result.error_msg


def reported(bench: Bench) -> ErrorCode | None:
    """The robot's problem as the node sees it."""
    problem = bench.node._robot.monitor.problem()
    return problem and problem.code


def assert_usable(bench: Bench) -> None:
    """After whatever happened, the next action works without a restart."""
    bench.robot.reset()
    bench.robot.start_controller()
    eventually(lambda: bench.node._robot.monitor.problem() is None)
    assert bench.run(HOLD).error_code == ErrorCode.SUCCESS


def test_moves_to_the_target_and_tells_where_it_is(bench: Bench) -> None:
    result = bench.run(MOVE)
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    kinematics = ArmKinematics(arm_specification("fr3"))
    (trajectory,) = bench.robot.trajectories
    assert list(trajectory.joint_names) == [f"fr3_joint{number}" for number in range(1, 8)]
    np.testing.assert_allclose(trajectory.points[0].positions, HOME, atol=1e-9)
    reached = kinematics.forward(np.array(trajectory.points[-1].positions))
    np.testing.assert_allclose(reached, ABOVE, atol=1e-4)
    assert result.tcp.header.frame_id == "base"
    assert {f.phase for f in bench.feedback} == {"planning", "moving"}
    assert max(f.progress for f in bench.feedback) > 0.3


def test_starts_from_where_the_controller_holds_the_arm(bench: Bench) -> None:
    """Under load the measured joints are a little off; a start there would make a jump."""
    bench.robot.deviation = np.full(7, 0.004)
    monitor = bench.node._robot.monitor
    eventually(lambda: not np.allclose(monitor.measured_joints, HOME, atol=1e-3))
    assert bench.run(MOVE).error_code == ErrorCode.SUCCESS
    np.testing.assert_allclose(bench.robot.trajectories[0].points[0].positions, HOME, atol=1e-9)


def test_works_without_a_robot_state(bench: Bench) -> None:
    bench.robot.publishes_state = False
    eventually(lambda: bench.node._robot.monitor.robot_state() is None)
    assert bench.run(MOVE).error_code == ErrorCode.SUCCESS


def test_opens_and_grasps(bench: Bench) -> None:
    opened = bench.run(KeyAction(ABOVE, Motion.NONE, GripperCommand.OPEN, width_m=0.06))
    assert opened.error_code == ErrorCode.SUCCESS, opened.error_msg
    grasp = KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP, width_m=0.01, force_n=30.0)
    held = bench.run(grasp)
    assert held.error_code == ErrorCode.SUCCESS, held.error_msg
    assert held.gripper_width_m == pytest.approx(0.05)
    assert bench.robot.grasps[0].force == pytest.approx(30.0)
    assert not bench.robot.trajectories


def test_contact_ends_a_guarded_motion_well(bench: Bench) -> None:
    bench.robot.arm = "hang"
    bench.robot.force_n = np.array([0.0, 0.0, 5.0])  # a bias, such as an unknown load
    monitor = bench.node._robot.monitor
    eventually(lambda: monitor.external_force()[2] == 5.0)
    handle = bench.send(DOWN)
    assert bench.robot.moving.wait(DEADLINE_S)
    assert not bench.robot.canceled.is_set()
    bench.robot.force_n = np.array([0.0, 0.0, -6.0])
    result = bench.answer(handle.get_result_async).result
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert bench.robot.canceled.is_set()


def test_a_guarded_motion_needs_to_feel(bench: Bench) -> None:
    bench.robot.publishes_state = False
    eventually(lambda: bench.node._robot.monitor.robot_state() is None)
    result = bench.run(DOWN)
    assert_failed(result, ErrorCode.ROBOT_NOT_READY, "external force")
    assert not bench.robot.trajectories


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        (KeyAction(tool_down((0.5, 0.9, 0.3))), ErrorCode.OUT_OF_WORKSPACE, "y = 0.900"),
        (KeyAction(tool_down((0.84, 0.3, 0.1))), ErrorCode.UNREACHABLE, "misses"),
        (KeyAction(tool_down((np.nan, 0.0, 0.3))), ErrorCode.INVALID_REQUEST, "malformed"),
        (KeyAction(ABOVE, speed_scale=0.0), ErrorCode.INVALID_REQUEST, "speed_scale"),
        (
            KeyAction(ABOVE, Motion.NONE, GripperCommand.OPEN, width_m=0.5),
            ErrorCode.INVALID_REQUEST,
            "width",
        ),
        (
            KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP, force_n=500.0),
            ErrorCode.INVALID_REQUEST,
            "force",
        ),
    ],
)
def test_bad_requests_move_nothing(
    bench: Bench, action: KeyAction, code: ErrorCode, words: str
) -> None:
    assert_failed(bench.run(action), code, words)
    assert not bench.robot.trajectories and not bench.robot.grasps


def test_a_foreign_frame_is_refused(bench: Bench) -> None:
    assert_failed(bench.run(MOVE, "camera"), ErrorCode.INVALID_REQUEST, "'camera'", "'base'")
    assert not bench.robot.trajectories


def test_rejected_trajectory(bench: Bench) -> None:
    bench.robot.arm = "reject"
    assert_failed(bench.run(MOVE), ErrorCode.TRAJECTORY_REJECTED, "follow_joint_trajectory")
    assert_usable(bench)


def test_aborted_trajectory_carries_the_controllers_words(bench: Bench) -> None:
    bench.robot.arm = "abort"
    assert_failed(bench.run(MOVE), ErrorCode.TRAJECTORY_ABORTED, "joint 3 is 0.2 rad off")
    assert_usable(bench)


def test_a_reflex_is_told_from_an_abort_and_recovered_from(bench: Bench) -> None:
    bench.robot.arm = "reflex"
    assert_failed(bench.run(MOVE), ErrorCode.ROBOT_REFLEX, "joint_reflex", "recover")
    assert_failed(bench.run(MOVE), ErrorCode.ROBOT_REFLEX)
    assert len(bench.robot.trajectories) == 1, "a robot in reflex is not commanded"
    answer = wait(bench.recover.call_async(Trigger.Request()))
    assert answer.success, answer.message
    bench.robot.arm = "follow"
    assert bench.run(MOVE).error_code == ErrorCode.SUCCESS


def test_a_reflex_while_moving_stops_the_motion(bench: Bench) -> None:
    bench.robot.arm = "hang"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.robot.mode = FrankaRobotState.ROBOT_MODE_REFLEX
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.ROBOT_REFLEX)
    assert bench.robot.canceled.is_set()


def test_failed_recovery_says_so(bench: Bench) -> None:
    bench.robot.mode = FrankaRobotState.ROBOT_MODE_REFLEX
    bench.robot.recovery = "abort"
    answer = wait(bench.recover.call_async(Trigger.Request()))
    assert not answer.success
    assert "error_recovery" in answer.message


def test_a_user_stop_is_not_ready(bench: Bench) -> None:
    bench.robot.mode = FrankaRobotState.ROBOT_MODE_USER_STOPPED
    eventually(lambda: reported(bench) is ErrorCode.ROBOT_NOT_READY)
    assert_failed(bench.run(MOVE), ErrorCode.ROBOT_NOT_READY, "user stop")
    assert not bench.robot.trajectories


def test_a_silent_robot_is_not_ready(bench: Bench) -> None:
    bench.robot.publishes_joints = False
    eventually(lambda: reported(bench) is ErrorCode.ROBOT_NOT_READY)
    assert_failed(bench.run(MOVE), ErrorCode.ROBOT_NOT_READY, "/joint_states", "last came")
    assert_usable(bench)


def test_a_robot_that_falls_silent_is_stopped(bench: Bench) -> None:
    bench.robot.arm = "hang"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.robot.publishes_joints = False
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.ROBOT_NOT_READY)
    assert bench.robot.canceled.is_set()


def test_an_arm_that_is_pushed_away_is_not_moved(bench: Bench) -> None:
    bench.robot.deviation = np.array([0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0])
    monitor = bench.node._robot.monitor
    eventually(lambda: not np.allclose(monitor.measured_joints, HOME, atol=0.1))
    assert_failed(bench.run(MOVE), ErrorCode.ROBOT_NOT_READY, "joint 2")


def test_a_controller_that_never_ends_is_a_timeout(bench: Bench) -> None:
    bench.robot.arm = "hang"
    assert_failed(bench.run(MOVE), ErrorCode.TIMEOUT, "did not end within")
    assert bench.robot.canceled.is_set(), "the motion is stopped all the same"
    assert_usable(bench)


def test_a_controller_that_is_absent_is_unavailable(bench: Bench) -> None:
    bench.robot.kill_controller()
    assert_failed(bench.run(MOVE), ErrorCode.NODE_UNAVAILABLE, "follow_joint_trajectory")
    assert_usable(bench)


def test_a_controller_that_dies_while_moving_is_unavailable(bench: Bench) -> None:
    bench.robot.arm = "deaf"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.robot.kill_controller()
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.NODE_UNAVAILABLE)
    bench.robot.release()
    assert_usable(bench)


def test_cancel_stops_the_arm(bench: Bench) -> None:
    bench.robot.arm = "hang"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.answer(handle.cancel_goal_async)
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.CANCELED)
    assert bench.robot.canceled.is_set()
    assert_usable(bench)


def test_a_controller_that_will_not_stop_raises_the_alarm(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CANCEL_TIMEOUT_S", 0.2)
    bench.robot.arm = "deaf"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.answer(handle.cancel_goal_async)
    result = bench.answer(handle.get_result_async).result
    assert_failed(result, ErrorCode.TIMEOUT, "may still move", "user stop")


def test_cancel_stops_the_gripper(bench: Bench) -> None:
    bench.robot.gripper = "hang"
    handle = bench.send(KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP))
    assert bench.robot.gripping.wait(DEADLINE_S)
    bench.answer(handle.cancel_goal_async)
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.CANCELED)
    assert bench.robot.canceled.is_set()
    assert bench.robot.stopped.wait(DEADLINE_S)


def test_deactivation_stops_the_arm(bench: Bench) -> None:
    bench.robot.arm = "hang"
    handle = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_DEACTIVATE
    assert wait(bench.change_state.call_async(request)).success
    assert_failed(bench.answer(handle.get_result_async).result, ErrorCode.CANCELED)
    assert bench.robot.canceled.is_set()
    assert_failed(bench.run(MOVE), ErrorCode.NODE_UNAVAILABLE, "not active")
    answer = wait(bench.recover.call_async(Trigger.Request()))
    assert not answer.success


def test_what_a_killed_node_left_moving_is_stopped(bench: Bench) -> None:
    bench.robot.arm = "hang"
    assert bench.node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    assert bench.controller.wait_for_server(DEADLINE_S)
    goal = FollowJointTrajectory.Goal()
    goal.trajectory.points.append(JointTrajectoryPoint())
    bench.answer(lambda: bench.controller.send_goal_async(goal))
    assert bench.robot.moving.wait(DEADLINE_S)
    assert bench.node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    assert bench.robot.canceled.wait(DEADLINE_S)


def test_shutting_down_stops_the_arm(bench: Bench) -> None:
    """What a signal does: from a thread of its own, it waits until the arm stands."""
    bench.robot.arm = "hang"
    bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    bench.node.halt()
    assert bench.robot.canceled.is_set()


def test_a_second_goal_is_told_to_wait(bench: Bench) -> None:
    bench.robot.arm = "hang"
    first = bench.send(SLOW)
    assert bench.robot.moving.wait(DEADLINE_S)
    assert_failed(bench.run(MOVE), ErrorCode.BUSY)
    answer = wait(bench.recover.call_async(Trigger.Request()))
    assert not answer.success and "running" in answer.message
    bench.answer(first.cancel_goal_async)
    bench.answer(first.get_result_async)


@pytest.mark.parametrize("width_m", [0.0, 0.008])
def test_nothing_between_the_fingers_is_a_failed_grasp(bench: Bench, width_m: float) -> None:
    bench.robot.object_width_m = width_m
    result = bench.run(KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP, width_m=0.01))
    assert_failed(result, ErrorCode.GRASP_FAILED, "nothing between the fingers", "10.0 mm")


def test_a_grasp_that_does_not_hold_is_a_failed_grasp(bench: Bench) -> None:
    bench.robot.gripper = "fail"
    result = bench.run(KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP, width_m=0.01))
    assert_failed(result, ErrorCode.GRASP_FAILED, "the fingers are blocked")


@pytest.mark.parametrize(("behaviour", "words"), [("fail", "blocked"), ("reject", "refused")])
def test_a_gripper_that_does_not_obey_has_failed(bench: Bench, behaviour: str, words: str) -> None:
    bench.robot.gripper = behaviour
    result = bench.run(KeyAction(ABOVE, Motion.NONE, GripperCommand.OPEN, width_m=0.04))
    assert_failed(result, ErrorCode.GRIPPER_FAILED, words)
    assert_usable(bench)


def test_an_arm_of_unknown_kind_is_not_configured(bench: Bench) -> None:
    bench.node.trigger_deactivate()
    bench.node.trigger_cleanup()
    bench.node.set_parameters([Parameter("arm_id", value="ur5")])
    assert bench.node.trigger_configure() == TransitionCallbackReturn.FAILURE
    bench.node.set_parameters([Parameter("arm_id", value="fr3")])
    assert bench.node.trigger_configure() == TransitionCallbackReturn.SUCCESS


def test_diagnostics_tell_age_mode_and_last_error(bench: Bench) -> None:
    bench.robot.arm = "abort"
    bench.run(MOVE)
    values = bench.node.health_values()
    assert float(str(values["joint_states_age_s"])) < 0.5
    assert values["robot_mode"] == "idle"
    assert "TRAJECTORY_ABORTED" in str(values["last_error"])
