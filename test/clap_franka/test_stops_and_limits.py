"""What a robot may be commanded: limits of splines, stops along the path, completed waypoints."""

from __future__ import annotations

import numpy as np
import pytest

from clap_core.robot.specification import HOME, arm_specification
from clap_franka.config import FollowerConfig
from clap_franka.motion.completion import completed
from clap_franka.motion.follower import Ending, TrajectoryFollower
from clap_franka.motion.goal import GoalRules, RequestPoint, TrajectoryGoal, TrajectoryRequest
from clap_franka.motion.limits import CYCLE_S, JointLimits
from clap_franka.motion.path import GoalPath
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.motion.spline import Spline, Waypoints
from clap_franka.motion.stops import gentle_brakes

ARM = arm_specification("fr3")
LIMITS = JointLimits(ARM)
START = np.array(HOME)
STILL = np.zeros(7)
FAR = np.array([0.8, 0.3, -0.4, 0.5, 0.9, -0.3, 1.0])
RULES = GoalRules(
    ARM.joint_names,
    np.array(ARM.position_min),
    np.array(ARM.position_max),
    np.array(ARM.velocity),
    0.01,
    1.0,
)


def goal(*points: RequestPoint) -> TrajectoryGoal:
    return RULES.check(TrajectoryRequest(ARM.joint_names, points), 0.0)


def there(target: np.ndarray, seconds: float) -> RequestPoint:
    return RequestPoint(seconds, target, STILL, STILL)


def rest_to_rest(seconds: float) -> Spline:
    rows = np.zeros((2, 7))
    return Spline(Waypoints(np.array([0.0, seconds]), np.stack((START, START + FAR)), rows, rows))


class Rig:
    """A follower whose commands are noted at 1 kHz."""

    def __init__(self) -> None:
        self.follower = TrajectoryFollower(
            FollowerConfig(),
            np.array(ARM.position_min),
            np.array(ARM.position_max),
            START,
            gentle_brakes(LIMITS.acceleration),
            LIMITS.guard,
        )
        self.now_s = 0.0
        self.commands = [START.copy(), START.copy(), START.copy()]

    def run_until(self, seconds: float) -> None:
        while self.now_s < seconds - 1e-9:
            self.now_s += CYCLE_S
            setpoint = self.follower.setpoint
            self.follower.step(self.now_s, setpoint.position, setpoint.velocity)
            self.commands.append(self.follower.setpoint.position.copy())

    def peaks(self) -> tuple[float, float]:
        """Largest acceleration and jerk of the commands, as the robot takes differences."""
        acceleration = np.diff(np.array(self.commands), 2, axis=0) / CYCLE_S**2
        return float(np.abs(acceleration).max()), float(np.abs(np.diff(acceleration, axis=0)).max())


def test_many_samples_are_the_single_ones() -> None:
    spline = rest_to_rest(1.3)
    times = np.linspace(-0.1, 1.4, 40)
    for quantity, rows in enumerate(spline.samples(times)):
        single = [spline.sample(float(t))[quantity] for t in times]
        np.testing.assert_allclose(rows, single, atol=1e-9)


def test_a_motion_within_the_limits_passes_and_a_faster_one_names_joint_and_factor() -> None:
    assert LIMITS.check(rest_to_rest(1.5), JointSetpoint.hold(START)) is None
    broken = LIMITS.check(rest_to_rest(0.5), JointSetpoint.hold(START))
    assert broken is not None and broken.quantity == "acceleration"
    assert broken.joint == 6 and "joint 7" in broken.text
    slow_enough = 0.5 * broken.slower * 1.001
    assert LIMITS.check(rest_to_rest(slow_enough), JointSetpoint.hold(START)) is None
    assert LIMITS.check(rest_to_rest(0.95 * slow_enough), JointSetpoint.hold(START)) is not None


def test_a_straight_line_steps_the_velocity() -> None:
    none = np.full((2, 7), np.nan)
    line = Spline(Waypoints(np.array([0.0, 2.0]), np.stack((START, START + FAR)), none, none))
    broken = LIMITS.check(line, JointSetpoint.hold(START))
    assert broken is not None and broken.quantity == "acceleration" and broken.time_s == 0.0


def test_points_without_velocities_become_a_motion_that_a_robot_takes() -> None:
    points = [RequestPoint(t, START + FAR * f) for t, f in ((0.0, 0.0), (1.0, 0.4), (3.0, 1.0))]
    waypoints = completed(goal(*points).waypoints)
    assert np.isfinite(waypoints.velocities).all() and np.isfinite(waypoints.accelerations).all()
    np.testing.assert_array_equal(waypoints.velocities[-1], 0.0)
    assert LIMITS.check(Spline(waypoints), JointSetpoint.hold(START)) is None


def test_a_velocity_that_is_given_stays_and_a_turning_joint_stands() -> None:
    given = np.full(7, 0.123)
    points = [
        RequestPoint(0.0, START),
        RequestPoint(1.0, START + 0.2, given),
        RequestPoint(2.0, START - 0.2),
        RequestPoint(3.0, START),
    ]
    waypoints = completed(goal(*points).waypoints)
    np.testing.assert_array_equal(waypoints.velocities[1], given)
    np.testing.assert_array_equal(waypoints.velocities[2], 0.0)


@pytest.mark.parametrize("at_s", [0.2, 0.75, 1.2])
def test_a_stop_keeps_to_the_path_and_to_the_limits(at_s: float) -> None:
    rig = Rig()
    execution, _ = rig.follower.start(goal(there(START + FAR, 1.5)), 0.0)
    rig.run_until(at_s)
    rig.follower.cancel(execution, rig.now_s)
    stopped = rig.now_s
    while rig.follower.moving:
        rig.run_until(rig.now_s + CYCLE_S)
    assert execution.outcome is not None and execution.outcome.ending is Ending.CANCELED
    assert rig.now_s - stopped <= 0.6
    # All joints have gone the same share of their way: the path is a straight line here.
    shares = (rig.commands[-1] - START) / FAR
    np.testing.assert_allclose(shares, shares[0], atol=1e-9)
    assert 0.0 < shares[0] < 1.0
    rig.run_until(rig.now_s + 0.01)
    acceleration, step = rig.peaks()
    assert acceleration <= 1.001 * ARM.acceleration[0]
    assert step / CYCLE_S <= 1.001 * ARM.jerk[0]


def test_a_path_that_breaks_the_limits_is_left_before_it_does() -> None:
    rig = Rig()
    rig.follower.start(goal(there(START + FAR, 1.5)), 0.0)
    rig.run_until(0.6)
    execution, _ = rig.follower.start(goal(there(START - FAR, 0.9)).starting(rig.now_s), rig.now_s)
    rig.run_until(2.0)
    assert execution.outcome is not None and execution.outcome.ending is Ending.ABORTED
    assert "above its limit" in execution.outcome.reason
    assert not rig.follower.moving
    acceleration, step = rig.peaks()
    assert acceleration <= 1.001 * ARM.acceleration[0]
    assert step / CYCLE_S <= 1.001 * ARM.jerk[0]


def test_a_path_says_what_is_wrong_with_it_before_it_is_followed() -> None:
    now = JointSetpoint.hold(START)
    assert GoalPath(goal(there(START + FAR, 1.5)), 0.0, now).broken(LIMITS) is None
    assert GoalPath(goal(there(START + FAR, 0.5)), 0.0, now).broken(LIMITS) is not None
    away = goal(RequestPoint(0.0, START + 0.2), there(START, 1.0))
    assert GoalPath(away, 0.0, now).jump == pytest.approx(-0.2)
