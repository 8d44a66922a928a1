"""The simulated arm in the physics: tracking, contact, reflex and recovery."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from franka_bench import PAD_BELOW_TCP_M, Bench

from clap_core.errors import ClapError, ErrorCode
from clap_franka.collision import CollisionBehavior, Thresholds
from clap_franka.motion.follower import Ending
from clap_franka.motion.goal import RequestPoint
from clap_franka.robot import RobotMode
from franka_msgs.msg import Errors, FrankaRobotState

WITHIN_THE_TABLE_M = -0.05


def test_the_modes_are_those_of_the_message() -> None:
    for mode in RobotMode:
        assert getattr(FrankaRobotState, f"ROBOT_MODE_{mode.name}") == mode


def test_the_arm_follows_within_two_milliradians_and_feels_nothing() -> None:
    bench = Bench()
    execution = bench.start_to(bench.home + 0.4, 1.5)
    error = np.zeros(7)
    largest = np.zeros(6)
    while execution.outcome is None:
        bench.step()
        setpoint = bench.robot.follower.setpoint.position
        error = np.maximum(error, np.abs(setpoint - bench.robot.arm.position))
        largest = np.maximum(largest, np.abs(bench.robot.forces.base_wrench))
    assert execution.outcome.ending is Ending.SUCCEEDED
    assert error.max() < 2e-3
    assert largest.max() < 0.1


def test_a_canceled_motion_stands_still_within_the_deadline() -> None:
    bench = Bench()
    execution = bench.start_to(bench.home + np.array([1.2, 0.3, 0, 0.5, 0, 0, 0]), 1.2)
    bench.run(0.6)
    assert np.abs(bench.robot.arm.velocity).max() > 1.5
    cancelled_s = bench.now_s
    bench.robot.follower.cancel(execution, bench.now_s)
    bench.run_until(lambda: execution.outcome is not None)
    bench.run_until(lambda: np.abs(bench.robot.arm.velocity).max() < 0.01)
    assert bench.now_s - cancelled_s < 0.3
    assert bench.robot.mode is RobotMode.IDLE


def test_the_external_forces_are_those_that_act() -> None:
    bench = Bench()
    hand = bench.robot.franka.hand
    force = np.array([5.0, -3.0, 8.0])
    bench.data.xfrc_applied[hand, :3] = force
    bench.run(0.5)
    np.testing.assert_allclose(bench.robot.forces.base_wrench[:3], force, atol=0.05)
    lever = bench.data.xipos[hand] - bench.robot.ee_pose[:3, 3]
    np.testing.assert_allclose(
        bench.robot.forces.base_wrench[3:], np.cross(lever, force), atol=0.02
    )
    jacobian = np.zeros((3, bench.model.nv))
    mujoco.mj_jac(bench.model, bench.data, jacobian, None, bench.data.xipos[hand], hand)
    expected = (jacobian.T @ force)[bench.robot.franka.dofs]
    np.testing.assert_allclose(bench.robot.forces.torque, expected, atol=0.05)


def test_a_slow_touch_is_felt_and_is_no_collision() -> None:
    bench = Bench()
    bench.finish(bench.robot.gripper.move(0.0, 0.1))
    bench.go_to(bench.joints_at(0.6, -0.15, 0.02), 2.0)
    touch = bench.joints_at(0.6, -0.15, PAD_BELOW_TCP_M - 0.003)
    execution = bench.go_to(touch, 1.0)
    assert execution.outcome is not None
    assert execution.outcome.ending is Ending.SUCCEEDED
    assert 5.0 < bench.robot.forces.base_wrench[2] < 30.0
    assert bench.robot.mode is RobotMode.IDLE


def _drive_into_the_table(bench: Bench) -> str:
    bench.go_to(bench.joints_at(0.6, -0.15, 0.10), 1.5)
    execution = bench.go_to(bench.joints_at(0.6, -0.15, WITHIN_THE_TABLE_M), 0.8)
    assert execution.outcome is not None
    assert execution.outcome.ending is Ending.ABORTED
    return execution.outcome.reason


def test_a_collision_stops_the_arm_and_motion_is_refused_until_recovery() -> None:
    bench = Bench()
    reason = _drive_into_the_table(bench)
    robot = bench.robot
    assert "motion aborted by reflex" in reason and "cartesian_reflex" in reason
    assert robot.mode is RobotMode.REFLEX
    assert robot.safety.collision.any()
    for error in robot.safety.errors:
        assert hasattr(Errors(), error)

    bench.run(0.5)
    assert np.abs(robot.arm.velocity).max() < 0.01
    with pytest.raises(ClapError, match="error_recovery") as refused:
        bench.start_to(bench.home, 2.0)
    assert refused.value.code is ErrorCode.ROBOT_REFLEX

    robot.recover()
    assert robot.safety.errors == () and robot.safety.last_errors != ()
    execution = bench.go_to(bench.home, 2.0)
    assert execution.outcome is not None and execution.outcome.ending is Ending.SUCCEEDED


def test_a_reflex_takes_the_force_off_what_was_pressed() -> None:
    bench = Bench()
    bench.go_to(bench.joints_at(0.6, -0.15, 0.03), 1.5)
    bench.go_to(bench.joints_at(0.6, -0.15, PAD_BELOW_TCP_M - 0.02), 4.0)
    assert bench.robot.mode is RobotMode.REFLEX
    assert np.abs(bench.robot.forces.base_wrench).max() > 40.0
    bench.run(0.5)
    assert np.abs(bench.robot.forces.base_wrench).max() < 10.0


def test_higher_thresholds_let_the_same_press_pass() -> None:
    bench = Bench()
    high = Thresholds.checked([200.0] * 7, [500.0] * 6)
    bench.robot.safety.behavior = CollisionBehavior.nominal(high, high)
    bench.go_to(bench.joints_at(0.6, -0.15, 0.10), 1.5)
    bench.go_to(bench.joints_at(0.6, -0.15, PAD_BELOW_TCP_M - 0.02), 0.8)
    assert bench.robot.mode is RobotMode.IDLE
    assert bench.robot.forces.base_wrench[2] > 40.0


def test_a_discontinuous_start_is_a_reflex_and_the_arm_does_not_move() -> None:
    bench = Bench()
    away = RequestPoint(0.0, bench.home + 0.3)
    execution = bench.start([away, RequestPoint(2.0, bench.home)])
    assert execution.outcome is not None
    assert "velocity_discontinuity" in execution.outcome.reason
    bench.run(0.1)
    np.testing.assert_allclose(bench.robot.arm.position, bench.home, atol=1e-4)
    assert bench.robot.mode is RobotMode.REFLEX


def test_the_user_stop_stops_and_refuses_until_released() -> None:
    bench = Bench()
    execution = bench.start_to(bench.home + 0.4, 1.0)
    bench.run(0.5)
    bench.robot.set_user_stop(True)
    assert execution.outcome is not None and "User Stop" in execution.outcome.reason
    for attempt in (lambda: bench.start_to(bench.home, 1.0), bench.robot.recover):
        with pytest.raises(ClapError, match="user stop") as refused:
            attempt()
        assert refused.value.code is ErrorCode.ROBOT_NOT_READY
    bench.run(0.5)
    assert np.abs(bench.robot.arm.velocity).max() < 0.01
    bench.robot.set_user_stop(False)
    finished = bench.go_to(bench.home, 2.0)
    assert finished.outcome is not None and finished.outcome.ending is Ending.SUCCEEDED


def test_a_reset_of_the_world_is_followed() -> None:
    bench = Bench()
    execution = bench.start_to(bench.home + 0.4, 1.0)
    bench.run(0.5)
    bench.data.qpos[bench.robot.franka.qpos] = bench.home
    bench.data.qvel[:] = 0.0
    bench.robot.follow_teleport()
    assert execution.outcome is not None and "reset" in execution.outcome.reason
    bench.run(0.2)
    np.testing.assert_allclose(bench.robot.arm.position, bench.home, atol=1e-3)


def test_a_known_load_does_not_pull_the_arm_down() -> None:
    sag = []
    for compensated in (False, True):
        bench = Bench()
        bench.data.xfrc_applied[bench.robot.franka.hand, 2] = -2.0 * 9.81
        if compensated:
            bench.robot.arm.set_load(2.0, np.zeros(3))
        bench.run(1.0)
        sag.append(np.abs(bench.robot.arm.position - bench.home).max())
    assert sag[1] < 0.2 * sag[0]


@pytest.mark.parametrize("torque", [[1.0] * 6, [-1.0] * 7, [np.nan] * 7])
def test_bad_thresholds_are_refused(torque: list[float]) -> None:
    with pytest.raises(ClapError, match="torque thresholds"):
        Thresholds.checked(torque, [10.0] * 6)


def test_thresholds_for_acceleration_apply_while_accelerating() -> None:
    bench = Bench()
    calm, tense = (Thresholds.checked([v] * 7, [v] * 6) for v in (100.0, 1.0))
    safety = bench.robot.safety
    safety.behavior = CollisionBehavior(calm, calm, tense, tense)
    forces = np.full(13, 5.0)
    assert safety.watch(forces, np.zeros(7)) == ()
    assert safety.watch(forces, np.full(7, 2.0)) == ("joint_reflex", "cartesian_reflex")
    assert safety.contact.all()
