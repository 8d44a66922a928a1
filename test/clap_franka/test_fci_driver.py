"""The node's side of its processes, with fakes in them: what a client of the driver meets."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import fake_fci
import numpy as np
import pytest

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import HOME, arm_specification
from clap_franka.config import HandCommandConfig
from clap_franka.fci.arm import FciArmDriver
from clap_franka.fci.config import FciConfig
from clap_franka.fci.errors import named
from clap_franka.fci.hand import PREEMPTED, FciHandDriver
from clap_franka.fci.links import LinkFrames, plain_description
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.follower import Ending, Execution
from clap_franka.motion.goal import GoalRefusedError, RequestPoint, TrajectoryRequest
from clap_franka.robot import HandState, Inertia
from clap_franka.urdf import fixed_frames

DEADLINE_S = 60.0
ARM = arm_specification("fr3")
STILL = np.zeros(7)


class Bench:
    """A driver whose process holds a fake arm."""

    def __init__(self, body: Callable[..., None], **config: object) -> None:
        self.told: list[str] = []
        self.arm = FciArmDriver(
            FciConfig(**config),  # type: ignore[arg-type]
            body,
            lambda: 0.04,
            lambda text, warning: self.told.append(text) if warning else None,
        )

    def until(self, done: Callable[[], object], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline: {what}; told {self.told}"
            self.arm.update()
            time.sleep(0.002)

    def start(self, offset: float, seconds: float) -> Execution:
        points = [RequestPoint(seconds, np.array(HOME) + offset, STILL, STILL)]
        return self.arm.start_trajectory(TrajectoryRequest(ARM.joint_names, points), 100.0)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(fake_fci.run_fake_arm)
    bench.until(lambda: bench.arm.connected, "the connection")
    yield bench
    bench.arm.end()


def test_a_goal_is_reached_and_the_state_is_seen(bench: Bench) -> None:
    execution = bench.start(0.1, 0.5)
    bench.until(lambda: execution.outcome, "the outcome")
    assert execution.outcome is not None and execution.outcome.ending is Ending.SUCCEEDED
    bench.until(lambda: np.allclose(bench.arm.position, np.array(HOME) + 0.1), "the position")
    state = bench.arm.state()
    assert state.mode.name == "IDLE" and state.errors == () and state.success_rate == 1.0


def test_a_cancelled_goal_ends_before_its_end(bench: Bench) -> None:
    execution = bench.start(0.5, 5.0)
    bench.until(lambda: bench.arm.position[0] > HOME[0] + 0.02, "motion")
    bench.arm.cancel(execution, 0.0)
    bench.until(lambda: execution.outcome, "the outcome")
    assert execution.outcome is not None and execution.outcome.ending is Ending.CANCELED
    assert bench.arm.position[0] < HOME[0] + 0.45


def test_too_fast_and_far_away_goals_are_refused_with_the_joint(bench: Bench) -> None:
    with pytest.raises(GoalRefusedError, match=r"joint \d would have .* multiply its times by"):
        bench.start(0.5, 0.4)
    away = [RequestPoint(0.0, np.array(HOME) + 0.3), RequestPoint(1.0, np.array(HOME))]
    with pytest.raises(GoalRefusedError, match="plan it from the present joint state"):
        bench.arm.check_trajectory(TrajectoryRequest(ARM.joint_names, away), 0.0)


def test_when_the_loop_dies_the_driver_says_so_and_refuses(bench: Bench) -> None:
    execution = bench.start(0.5, 5.0)
    bench.until(lambda: bench.arm.position[0] > HOME[0] + 0.02, "motion")
    pending = bench.arm.recover()
    assert bench.arm.pid is not None
    os.kill(bench.arm.pid, signal.SIGKILL)
    bench.until(lambda: execution.outcome and pending.done, "the end of the goal")
    assert execution.outcome is not None and execution.outcome.ending is Ending.ABORTED
    assert "ended by itself" in execution.outcome.reason
    assert any("ended by itself" in text for text in bench.told)
    with pytest.raises(ClapError, match="Start the node fci_driver again") as refused:
        bench.start(0.1, 1.0)
    assert refused.value.code is ErrorCode.NODE_UNAVAILABLE
    with pytest.raises(ClapError):
        bench.arm.set_load(Inertia(0.1, np.zeros(3)), np.zeros((3, 3)))


def test_a_reflex_refuses_goals_until_recovery() -> None:
    bench = Bench(fake_fci.run_failing_arm)
    bench.until(lambda: bench.arm.connected, "the connection")
    execution = bench.start(0.2, 1.0)
    bench.until(lambda: execution.outcome, "the outcome")
    bench.until(lambda: bench.arm.refusal(), "the reflex")
    with pytest.raises(ClapError, match="cartesian_reflex") as refused:
        bench.start(0.1, 1.0)
    assert refused.value.code is ErrorCode.ROBOT_REFLEX
    pending = bench.arm.recover()
    bench.until(lambda: pending.done and bench.arm.refusal() is None, "recovery")
    assert pending.error is None
    bench.arm.end()


def test_a_robot_that_another_program_holds_is_named() -> None:
    bench = Bench(fake_fci.run_absent_arm, answer_timeout=0.1)
    bench.arm.update()
    refusal = bench.arm.refusal()
    assert refusal is not None and "another program has the connection" in refusal.reason
    bench.arm.end()


def hand_of(body: Callable[..., None]) -> FciHandDriver:
    return FciHandDriver(HandCommandConfig(), body, (), lambda *_: None)


def until(hand: FciHandDriver, done: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not done():
        assert time.monotonic() < end
        hand.update()
        time.sleep(0.002)


def test_the_hand_moves_grasps_and_a_new_command_ends_the_old_one() -> None:
    hand = hand_of(fake_fci.run_fake_hand)
    until(hand, lambda: hand.width_m > 0.0)
    first, second = hand.move(0.02, 0.1), hand.move(0.05, 0.1)
    until(hand, lambda: second.state is not HandState.RUNNING)
    assert (first.state, first.error) == (HandState.FAILED, PREEMPTED)
    assert second.state is HandState.SUCCEEDED
    until(hand, lambda: hand.width_m == 0.05)
    cancelled = hand.move(0.03, 0.1)
    hand.cancel(cancelled)
    empty = hand.grasp(0.0, 0.1, 20.0, 0.005, 0.005)
    until(hand, lambda: empty.state is not HandState.RUNNING)
    assert cancelled.state is HandState.CANCELED
    assert empty.state is HandState.FAILED and "grasp failed" in empty.error
    with pytest.raises(ClapError, match=r"0\.2 m"):
        hand.move(0.2, 0.1)
    hand.end()


def test_a_hand_that_is_not_homed_says_how() -> None:
    hand = hand_of(fake_fci.run_unhomed_hand)
    until(hand, lambda: hand.width_m > 0.0)
    with pytest.raises(ClapError, match="clap home"):
        hand.move(0.02, 0.1)
    homing = hand.homing()
    until(hand, lambda: homing.state is HandState.SUCCEEDED)
    until(hand, lambda: hand._reading.max_width_m > 0.0)
    moved = hand.move(0.02, 0.1)
    until(hand, lambda: moved.state is HandState.SUCCEEDED)
    hand.end()


@pytest.mark.parametrize(
    ("told", "code", "cure"),
    [
        ('["communication_constraints_violation"]', ErrorCode.ROBOT_REFLEX, "realtime kernel"),
        ('["joint_motion_generator_velocity_discontinuity"]', ErrorCode.ROBOT_REFLEX, "smoother"),
        ("Incompatible library version (server 5, library 10)", ErrorCode.NODE_UNAVAILABLE, "5.9"),
        ("libfranka: UDP receive: Timeout", ErrorCode.NODE_UNAVAILABLE, "cable"),
        ("Connection to FCI refused.", ErrorCode.NODE_UNAVAILABLE, "activate FCI"),
        ("unable to set realtime scheduling", ErrorCode.NODE_UNAVAILABLE, "PREEMPT_RT"),
        ('not possible in the current mode ("Guiding")', ErrorCode.ROBOT_NOT_READY, "guiding"),
        ('not possible in the current mode ("Reflex")', ErrorCode.ROBOT_REFLEX, "recovery"),
        ('not possible in the current mode ("Other")', ErrorCode.ROBOT_NOT_READY, "brakes"),
        ("due to activated safety function!", ErrorCode.ROBOT_NOT_READY, "Release"),
        ("libfranka gripper: Command failed!", ErrorCode.GRIPPER_FAILED, "clap home"),
        ("something new", ErrorCode.INTERNAL, "log"),
    ],
)
def test_what_libfranka_says_gets_a_name_and_a_cure(told: str, code: ErrorCode, cure: str) -> None:
    error = named(told, "the motion")
    assert error.code is code and cure in error.cure and told in error.reason


def test_the_shared_state_is_the_one_that_was_written() -> None:
    state = SharedState()
    other = SharedState(state.name)
    assert not other.written
    state.write(q=np.arange(7.0), errors=b"joint_reflex", mode=4)
    record = other.read()
    assert other.written and record["errors"] == b"joint_reflex" and record["mode"] == 4
    np.testing.assert_array_equal(record["q"], np.arange(7.0))
    other.close()
    state.close()


def test_the_frames_and_the_description_are_those_of_the_kinematics() -> None:
    joints = np.array([0.3, -0.5, 0.2, -2.0, 0.4, 1.8, -0.6])
    frames = ArmKinematics(ARM).frames(joints)
    poses = LinkFrames(ARM).poses(joints, 0.06)
    base_T_link = np.eye(4)
    for link in poses[:7]:
        base_T_link = base_T_link @ link.parent_T_child
        np.testing.assert_allclose(base_T_link, frames[link.child], atol=1e-9)
    assert poses[7].parent_T_child[1, 3] == -poses[8].parent_T_child[1, 3] == 0.03
    fixed = {frame.child: frame for frame in fixed_frames(plain_description(ARM))}
    assert set(fixed) == {"fr3_link0", "fr3_link8", "fr3_hand", "fr3_hand_tcp"}
    tcp = base_T_link
    for name in ("fr3_link8", "fr3_hand", "fr3_hand_tcp"):
        tcp = tcp @ fixed[name].pose
    np.testing.assert_allclose(tcp, ArmKinematics(ARM).forward(joints), atol=1e-6)
