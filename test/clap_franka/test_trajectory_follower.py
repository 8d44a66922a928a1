"""The trajectory controller on an arm that follows perfectly, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from clap_franka.config import FollowerConfig
from clap_franka.motion.follower import PREEMPTED, Ending, Execution, TrajectoryFollower
from clap_franka.motion.goal import (
    GoalRules,
    RequestPoint,
    RequestTolerance,
    TrajectoryError,
    TrajectoryRequest,
)

NAMES = tuple(f"j{i}" for i in range(7))
CONFIG = FollowerConfig()
LOWER, UPPER = np.full(7, -2.8), np.full(7, 2.8)
RULES = GoalRules(NAMES, LOWER, UPPER, np.array(CONFIG.velocity_limits), 0.01, 1.0)
STILL = np.zeros(7)
DT = 0.001


class Rig:
    """A follower and the arm's measured state, recorded at 1 kHz."""

    def __init__(self) -> None:
        self.follower = TrajectoryFollower(CONFIG, LOWER, UPPER, STILL)
        self.step_count = 0
        self.offset = np.zeros(7)
        self.positions: list[np.ndarray] = [STILL, STILL]
        self.fault: str | None = None

    @property
    def now_s(self) -> float:
        return self.step_count * DT

    def start(self, *points: RequestPoint, **request: object) -> Execution:
        goal = RULES.check(TrajectoryRequest(NAMES, points, **request), self.now_s)  # type: ignore[arg-type]
        execution, self.fault = self.follower.start(goal, self.now_s)
        return execution

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / DT)):
            self.step_count += 1
            before = self.follower.setpoint
            _, fault = self.follower.step(
                self.now_s, before.position + self.offset, before.velocity
            )
            self.fault = self.fault or fault
            self.positions.append(self.follower.setpoint.position.copy())

    def velocities(self) -> np.ndarray:
        return np.diff(np.array(self.positions), axis=0) / DT

    def accelerations(self) -> np.ndarray:
        return np.diff(self.velocities(), axis=0) / DT


def to(target: float, seconds: float) -> RequestPoint:
    return RequestPoint(seconds, np.full(7, target), STILL, STILL)


def outcome(execution: Execution) -> tuple[Ending, TrajectoryError]:
    assert execution.outcome is not None
    return execution.outcome.ending, execution.outcome.code


def test_a_goal_is_reached_on_time_and_held() -> None:
    rig = Rig()
    execution = rig.start(to(1.0, 1.5))
    rig.run(1.4)
    assert execution.outcome is None
    rig.run(0.2)
    assert outcome(execution) == (Ending.SUCCEEDED, TrajectoryError.SUCCESSFUL)
    rig.run(0.1)
    np.testing.assert_allclose(rig.follower.setpoint.position, 1.0)
    assert not rig.follower.moving


def test_a_later_stamp_starts_from_here_and_ends_when_it_says() -> None:
    rig = Rig()
    execution = rig.start(to(1.0, 1.0), start_s=1.0)
    rig.run(1.9)
    assert execution.outcome is None
    rig.run(0.2)
    assert outcome(execution)[0] is Ending.SUCCEEDED


@pytest.mark.parametrize("distance", [0.5, 2.0])
def test_cancel_stops_within_the_deadline_and_the_acceleration_limit(distance: float) -> None:
    rig = Rig()
    execution = rig.start(to(distance, 1.5))
    rig.run(0.75)  # the fastest moment
    fastest = rig.velocities()[-1].max()
    assert fastest == pytest.approx(distance / 1.5 * 15 / 8, rel=0.01)
    start = rig.positions[-1]
    rig.follower.cancel(execution, rig.now_s)
    cancelled_s, recorded = rig.now_s, len(rig.positions)
    while execution.outcome is None:
        rig.run(DT)
    assert rig.now_s - cancelled_s < 0.3
    assert outcome(execution)[0] is Ending.CANCELED
    rig.run(0.1)
    braking = rig.accelerations()[recorded:]
    assert np.abs(braking).max() <= CONFIG.max_acceleration * 1.01
    assert not rig.follower.moving
    np.testing.assert_array_equal(rig.positions[-1], rig.positions[-50])
    # v^2 / 2a, and not further.
    distance = (rig.positions[-1] - start).max()
    assert distance == pytest.approx(fastest**2 / (2 * CONFIG.max_acceleration), rel=0.05)


def test_cancel_of_an_old_goal_does_not_touch_the_new_one() -> None:
    rig = Rig()
    old = rig.start(to(1.0, 1.0))
    rig.run(0.1)
    new = rig.start(to(-0.5, 1.5))
    rig.follower.cancel(old, rig.now_s)
    rig.run(1.6)
    assert outcome(new)[0] is Ending.SUCCEEDED


def test_a_new_goal_preempts_without_a_jump() -> None:
    rig = Rig()
    old = rig.start(to(1.0, 1.0))
    rig.run(0.5)
    new = rig.start(to(-0.5, 1.5))
    assert outcome(old) == (Ending.ABORTED, TrajectoryError.INVALID_GOAL)
    assert old.outcome is not None and old.outcome.reason == PREEMPTED
    rig.run(1.6)
    assert outcome(new)[0] is Ending.SUCCEEDED
    assert np.abs(np.diff(rig.velocities(), axis=0)).max() < 0.02


def test_leaving_the_path_tolerance_aborts_and_stops() -> None:
    rig = Rig()
    tolerance = (RequestTolerance("j2", 0.05),)
    execution = rig.start(to(1.0, 1.0), path_tolerance=tolerance)
    rig.run(0.3)
    rig.offset[3] = 0.1  # another joint may
    rig.run(0.1)
    assert execution.outcome is None
    rig.offset[2] = 0.1
    rig.run(DT)
    assert outcome(execution) == (Ending.ABORTED, TrajectoryError.PATH_TOLERANCE_VIOLATED)
    assert execution.outcome is not None and "joint 3" in execution.outcome.reason
    rig.run(0.3)
    assert not rig.follower.moving
    assert np.abs(rig.follower.setpoint.velocity).max() == 0.0


def test_missing_the_goal_aborts_after_the_time_tolerance() -> None:
    rig = Rig()
    tolerance = (RequestTolerance("j0", 0.01),)
    execution = rig.start(to(1.0, 1.0), goal_tolerance=tolerance, goal_time_s=0.5)
    rig.offset[0] = 0.02
    rig.run(1.4)
    assert execution.outcome is None
    rig.run(0.2)
    assert outcome(execution) == (Ending.ABORTED, TrajectoryError.GOAL_TOLERANCE_VIOLATED)


def test_arriving_within_the_time_tolerance_succeeds() -> None:
    rig = Rig()
    execution = rig.start(to(1.0, 1.0), goal_tolerance=(RequestTolerance("j0", 0.01),))
    rig.offset[0] = 0.02
    rig.run(1.2)
    rig.offset[0] = 0.0
    rig.run(0.1)
    assert outcome(execution)[0] is Ending.SUCCEEDED


def test_a_start_far_away_is_a_discontinuity() -> None:
    rig = Rig()
    rig.start(RequestPoint(0.0, np.full(7, 0.2)), to(1.0, 1.0))
    assert rig.fault == "joint_motion_generator_velocity_discontinuity"
    rig.run(0.1)
    np.testing.assert_array_equal(rig.follower.setpoint.position, 0.0)


def test_a_start_a_little_off_is_blended_in() -> None:
    rig = Rig()
    execution = rig.start(RequestPoint(0.0, np.full(7, 0.03), STILL, STILL), to(1.0, 2.0))
    assert rig.fault is None
    rig.run(2.1)
    assert outcome(execution)[0] is Ending.SUCCEEDED
    assert np.abs(rig.accelerations()).max() <= CONFIG.max_acceleration * 1.1


def test_a_spline_that_is_too_fast_between_its_points_is_a_fault() -> None:
    rig = Rig()
    rig.start(to(2.0, 0.8))
    rig.run(0.8)
    assert rig.fault == "joint_motion_generator_velocity_limits_violation"


def test_a_spline_that_overshoots_the_joint_limits_is_a_fault() -> None:
    rig = Rig()
    quick = RequestPoint(2.0, np.full(7, 2.7), np.full(7, 2.0), STILL)
    rig.start(quick, RequestPoint(2.6, np.full(7, 2.7), STILL, STILL))
    rig.run(2.6)
    assert rig.fault == "joint_motion_generator_position_limits_violation"


def test_hold_ends_the_goal_at_once() -> None:
    rig = Rig()
    execution = rig.start(to(1.0, 1.0))
    rig.run(0.5)
    rig.follower.hold(np.full(7, 0.4), "reflex")
    assert outcome(execution) == (Ending.ABORTED, TrajectoryError.INVALID_GOAL)
    rig.run(0.1)
    np.testing.assert_array_equal(rig.follower.setpoint.position, 0.4)
