"""The franka_executor node over real DDS, against a mock robot that misbehaves in every way."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from executor_bench import (
    ABOVE,
    DEADLINE_S,
    DOWN,
    HOLD,
    MOVE,
    SLOW,
    Bench,
    assert_failed,
    eventually,
    make_ready,
    wait,
)
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.errors import ErrorCode
from clap_core.geometry import tool_down
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import HOME, arm_specification
from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_ros import calls
from control_msgs.action import FollowJointTrajectory
from franka_msgs.msg import FrankaRobotState


@pytest.fixture(scope="module")
def shared_bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """An active node and a healthy robot, which the node has heard."""
    make_ready(shared_bench)
    return shared_bench


def reported(bench: Bench) -> ErrorCode | None:
    """The robot's problem as the node sees it."""
    problem = bench.node._robot.value.monitor.problem()
    return problem and problem.code


def assert_usable(bench: Bench) -> None:
    """After whatever happened, the next action works without a restart."""
    bench.robot.reset()
    bench.robot.start_controller()
    eventually(lambda: bench.node._robot.value.monitor.problem() is None)
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
    monitor = bench.node._robot.value.monitor
    eventually(lambda: not np.allclose(monitor.measured_joints, HOME, atol=1e-3))
    assert bench.run(MOVE).error_code == ErrorCode.SUCCESS
    np.testing.assert_allclose(bench.robot.trajectories[0].points[0].positions, HOME, atol=1e-9)


def reconfigured(bench: Bench, **parameters: bool | float) -> None:
    """Configure the node again; what it has heard before is forgotten."""

    def go() -> None:
        changes = [Parameter(f"supervision.{name}", value=v) for name, v in parameters.items()]
        for name in ("deactivate", "cleanup", "configure", "activate"):
            if name == "configure":
                assert all(change.successful for change in bench.node.set_parameters(changes))
            assert getattr(bench.node, f"trigger_{name}")() == TransitionCallbackReturn.SUCCESS

    wait(bench.executors[0].create_task(go))


@pytest.mark.parametrize("required", [True, False])
def test_a_robot_state_that_never_came_may_be_required(bench: Bench, required: bool) -> None:
    bench.robot.publishes_state = False
    eventually(lambda: bench.node._robot.value.monitor.robot_state() is None)
    reconfigured(bench, require_robot_state=required)
    try:
        monitor = bench.node._robot.value.monitor
        eventually(lambda: np.isfinite(monitor.joints_age_s))
        result = bench.run(MOVE)
        if required:
            assert_failed(result, ErrorCode.ROBOT_NOT_READY, "never came", "require_robot_state")
            assert not bench.robot.trajectories
        else:
            assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    finally:
        reconfigured(bench, require_robot_state=True)


@pytest.mark.parametrize("required", [True, False])
def test_a_robot_state_that_falls_silent_stops_the_arm(bench: Bench, required: bool) -> None:
    reconfigured(bench, require_robot_state=required)
    try:
        monitor = bench.node._robot.value.monitor
        eventually(lambda: np.isfinite([monitor.state_age_s, monitor.joints_age_s]).all())
        bench.robot.arm = "hang"
        handle = bench.send(SLOW)
        assert bench.robot.moving.wait(DEADLINE_S)
        bench.robot.publishes_state = False
        result = bench.answer(handle.get_result_async).result
        assert_failed(result, ErrorCode.ROBOT_NOT_READY, "robot_state last came")
        assert bench.robot.canceled.is_set()
        assert_failed(bench.run(MOVE), ErrorCode.ROBOT_NOT_READY, "robot_state last came")
    finally:
        reconfigured(bench, require_robot_state=True)
    assert_usable(bench)


def test_a_second_publisher_of_joints_is_named_and_nothing_moves(bench: Bench) -> None:
    zeros = JointState(name=[f"fr3_joint{number}" for number in range(1, 8)], position=[0.0] * 7)
    publisher = bench.user.create_publisher(JointState, "/joint_states", 10)
    timer = bench.user.create_timer(0.05, lambda: publisher.publish(zeros))
    try:
        eventually(lambda: reported(bench) is ErrorCode.ROBOT_NOT_READY)
        assert_failed(bench.run(MOVE), ErrorCode.ROBOT_NOT_READY, "joint 4", "/mock_franka, /user")
        assert not bench.robot.trajectories
    finally:
        timer.cancel()
        wait(bench.executors[2].create_task(lambda: bench.user.destroy_timer(timer)))
        wait(bench.executors[2].create_task(lambda: bench.user.destroy_publisher(publisher)))
    assert_usable(bench)


@pytest.mark.parametrize(
    "message",
    [
        JointState(name=[f"fr3_joint{number}" for number in range(1, 8)], velocity=[0.0] * 7),
        JointState(name=[f"fr3_joint{number}" for number in range(1, 8)], position=[math.nan] * 7),
        JointState(name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[math.nan, math.nan]),
        JointState(name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[0.02]),
        JointState(name=["fr3_finger_joint1"] * 2 + ["fr3_finger_joint2"], position=[0.02] * 3),
        JointState(name=["\x00\x1b[31m"], position=[1e308]),
        JointState(),
    ],
)
def test_a_message_that_says_nothing_certain_is_not_believed(
    bench: Bench, message: JointState
) -> None:
    monitor = bench.node._robot.value.monitor
    publisher = bench.user.create_publisher(JointState, "/franka_gripper/joint_states", 10)
    try:
        eventually(lambda: publisher.get_subscription_count() > 0)
        before, width_m = monitor.refused_count, monitor.gripper_width_m
        for topic in (monitor._on_joints, monitor._on_hand):
            topic(message)
        publisher.publish(message)
        assert bench.run(MOVE).error_code == ErrorCode.SUCCESS
        assert monitor.gripper_width_m == pytest.approx(width_m)
        assert (monitor.refused_count > before) == any(
            "finger" in n or "joint" in n for n in message.name
        )
    finally:
        wait(bench.executors[2].create_task(lambda: bench.user.destroy_publisher(publisher)))


def test_the_hands_own_topic_counts_more_than_what_merges_it(bench: Bench) -> None:
    """As with a joint_state_publisher that listens to a gripper of another name."""
    bench.robot.width_m = 0.0
    publisher = bench.user.create_publisher(JointState, "/franka_gripper/joint_states", 10)
    fingers = JointState(name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[0.02, 0.02])
    timer = bench.user.create_timer(0.02, lambda: publisher.publish(fingers))
    monitor = bench.node._robot.value.monitor
    try:
        eventually(lambda: monitor.gripper_width_m == pytest.approx(0.04))
        heard_at = monitor._joints_at
        eventually(lambda: monitor._joints_at > heard_at + 0.2)
        assert monitor.gripper_width_m == pytest.approx(0.04)
    finally:
        timer.cancel()
        wait(bench.executors[2].create_task(lambda: bench.user.destroy_timer(timer)))
        wait(bench.executors[2].create_task(lambda: bench.user.destroy_publisher(publisher)))
    eventually(lambda: monitor.gripper_width_m == 0.0)


def test_fingers_that_tell_no_number_are_no_success(bench: Bench) -> None:
    bench.robot.finger_positions = [math.nan, math.nan]
    result = bench.run(KeyAction(ABOVE, Motion.NONE, GripperCommand.GRASP))
    assert_failed(result, ErrorCode.ROBOT_NOT_READY, "opening of the gripper is not known")


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
    monitor = bench.node._robot.value.monitor
    eventually(lambda: monitor.external_force()[2] == 5.0)
    handle = bench.send(DOWN)
    assert bench.robot.moving.wait(DEADLINE_S)
    assert not bench.robot.canceled.is_set()
    bench.robot.force_n = np.array([0.0, 0.0, -6.0])
    result = bench.answer(handle.get_result_async).result
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert bench.robot.canceled.is_set()


def test_where_no_force_is_told_a_hand_that_stays_behind_has_touched(bench: Bench) -> None:
    bench.robot.publishes_state = False
    eventually(lambda: bench.node._robot.value.monitor.robot_state() is None)
    reconfigured(bench, require_robot_state=False, contact_lag_m=0.004)
    try:
        eventually(lambda: np.isfinite(bench.node._robot.value.monitor.joints_age_s))
        bench.robot.arm = "stuck"
        result = bench.run(DOWN)
        assert result.error_code == ErrorCode.SUCCESS, result.error_msg
        assert bench.robot.canceled.is_set()
        bench.robot.arm = "follow"
        bench.robot.canceled.clear()
        result = bench.run(DOWN)
        assert result.error_code == ErrorCode.SUCCESS, result.error_msg
        assert not bench.robot.canceled.is_set()
    finally:
        reconfigured(bench, require_robot_state=True, contact_lag_m=0.0)


def test_a_guarded_motion_needs_to_feel(bench: Bench) -> None:
    bench.robot.publishes_state = False
    eventually(lambda: bench.node._robot.value.monitor.robot_state() is None)
    reconfigured(bench, require_robot_state=False)
    try:
        eventually(lambda: np.isfinite(bench.node._robot.value.monitor.joints_age_s))
        result = bench.run(DOWN)
    finally:
        reconfigured(bench, require_robot_state=True)
    assert_failed(result, ErrorCode.ROBOT_NOT_READY, "external force")
    assert not bench.robot.trajectories


def test_a_force_that_is_no_number_is_not_felt(bench: Bench) -> None:
    bench.robot.force_n = np.array([0.0, math.nan, 0.0])
    monitor = bench.node._robot.value.monitor
    eventually(lambda: math.isnan(monitor.robot_state().o_f_ext_hat_k.wrench.force.y))
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


@pytest.mark.parametrize("arm", ["mute", "late"])
def test_a_controller_that_does_not_say_whether_it_takes_a_goal_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, arm: str
) -> None:
    """If it takes the goal later, the goal is cancelled then."""
    monkeypatch.setattr(calls, "ACCEPT_TIMEOUT_S", 0.5)
    bench.robot.arm = arm
    bench.robot.answers.clear()
    result = bench.run(SLOW)
    assert bench.robot.asked.is_set()
    assert_failed(result, ErrorCode.TIMEOUT, "follow_joint_trajectory", "may still move")
    if arm == "late":
        bench.robot.answers.set()
        assert bench.robot.moving.wait(DEADLINE_S)
        assert bench.robot.canceled.wait(DEADLINE_S)
    monkeypatch.undo()
    assert_usable(bench)
    assert bench.run(MOVE).error_code == ErrorCode.SUCCESS
    assert len(bench.robot.trajectories) == 1, "none but the new one"


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
    monitor = bench.node._robot.value.monitor
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
    bench.robot.arm = "ignores_cancel"
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


def test_cancel_does_not_wait_for_a_controller_that_never_answers(bench: Bench) -> None:
    bench.robot.arm = "mute"
    bench.robot.answers.clear()
    handle = bench.send(SLOW)
    assert bench.robot.asked.wait(DEADLINE_S)
    bench.answer(handle.cancel_goal_async)
    result = bench.answer(handle.get_result_async).result
    assert_failed(result, ErrorCode.TIMEOUT, "follow_joint_trajectory", "may still move")
    assert not bench.robot.answers.is_set()
    assert_usable(bench)


def test_a_controller_that_will_not_stop_raises_the_alarm(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CANCEL_TIMEOUT_S", 0.2)
    bench.robot.arm = "ignores_cancel"
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
