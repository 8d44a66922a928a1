"""Checks of goals and the interpolation of trajectories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clap_franka.motion.goal import (
    GoalRefusedError,
    GoalRules,
    RequestPoint,
    RequestTolerance,
    TrajectoryError,
    TrajectoryRequest,
)
from clap_franka.motion.spline import Spline, Waypoints
from control_msgs.action import FollowJointTrajectory

NAMES = ("a", "b", "c")
RULES = GoalRules(
    NAMES,
    np.full(3, -1.0),
    np.full(3, 2.0),
    np.full(3, 1.5),
    stopped_velocity=0.01,
    goal_time_s=2.0,
)
GOOD = TrajectoryRequest(
    NAMES, (RequestPoint(0.5, (0.1, 0.2, 0.3)), RequestPoint(1.0, (0.4, 0.5, 0.6)))
)


def test_the_error_codes_are_those_of_the_action() -> None:
    for code in TrajectoryError:
        assert getattr(FollowJointTrajectory.Result, code.name) == code


def test_joints_may_come_in_any_order() -> None:
    point = RequestPoint(1.0, (3.0, 1.0, 2.0), (0.0,) * 3, (0.7, 0.5, 0.6))
    rules = replace(RULES, upper=np.full(3, 4.0))
    goal = rules.check(TrajectoryRequest(("c", "a", "b"), (point,)), now_s=5.0)
    np.testing.assert_array_equal(goal.waypoints.positions, [[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(goal.waypoints.accelerations, [[0.5, 0.6, 0.7]])
    assert goal.start_s == 5.0


def _with_point(point: RequestPoint) -> TrajectoryRequest:
    return replace(GOOD, points=(*GOOD.points, point))


LAST = (0.1, 0.1, 0.1)


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [
        (replace(GOOD, joint_names=("a", "b")), TrajectoryError.INVALID_JOINTS, "joints"),
        (replace(GOOD, joint_names=("a", "b", "x")), TrajectoryError.INVALID_JOINTS, "'x'"),
        (replace(GOOD, joint_names=("a", "b", "b")), TrajectoryError.INVALID_JOINTS, "joints"),
        (replace(GOOD, points=()), TrajectoryError.INVALID_GOAL, "no points"),
        (_with_point(RequestPoint(1.0, LAST)), TrajectoryError.INVALID_GOAL, "increasing"),
        (_with_point(RequestPoint(0.7, LAST)), TrajectoryError.INVALID_GOAL, "points 1 and 2"),
        (_with_point(RequestPoint(2.0, (0.1,))), TrajectoryError.INVALID_GOAL, "1 positions"),
        (_with_point(RequestPoint(2.0, ())), TrajectoryError.INVALID_GOAL, "0 positions"),
        (_with_point(RequestPoint(2.0, LAST, (0.0,))), TrajectoryError.INVALID_GOAL, "velocities"),
        (
            _with_point(RequestPoint(2.0, LAST, LAST, effort=(1.0,))),
            TrajectoryError.INVALID_GOAL,
            "effort",
        ),
        (
            _with_point(RequestPoint(2.0, (0.1, np.nan, 0.1))),
            TrajectoryError.INVALID_GOAL,
            "not finite",
        ),
        (_with_point(RequestPoint(2.0, (0.1, 2.1, 0.1))), TrajectoryError.INVALID_GOAL, "limits"),
        (
            _with_point(RequestPoint(2.0, LAST, (0.0, 0.0, 1.6))),
            TrajectoryError.INVALID_GOAL,
            "above its limit",
        ),
        (
            _with_point(RequestPoint(2.0, LAST, (0.0, 0.0, 0.1))),
            TrajectoryError.INVALID_GOAL,
            "not zero",
        ),
        (replace(GOOD, start_s=8.9), TrajectoryError.OLD_HEADER_TIMESTAMP, "past"),
        (
            replace(GOOD, path_tolerance=(RequestTolerance("x", 0.1),)),
            TrajectoryError.INVALID_JOINTS,
            "'x'",
        ),
        (
            replace(GOOD, goal_tolerance=(RequestTolerance("a", -0.5),)),
            TrajectoryError.INVALID_GOAL,
            "-0.5",
        ),
        (replace(GOOD, goal_time_s=-0.5), TrajectoryError.INVALID_GOAL, "goal_time"),
    ],
)
def test_a_bad_goal_is_refused(
    request_: TrajectoryRequest, code: TrajectoryError, reason: str
) -> None:
    with pytest.raises(GoalRefusedError, match=reason) as refused:
        RULES.check(request_, now_s=10.0)
    assert refused.value.code is code


def test_a_start_in_the_past_is_fine_while_the_end_is_not() -> None:
    assert RULES.check(replace(GOOD, start_s=9.5), now_s=10.0).start_s == 9.5


def test_tolerances_fall_back_to_the_defaults() -> None:
    goal = RULES.check(
        replace(
            GOOD,
            path_tolerance=(RequestTolerance("b", 0.1),),
            goal_tolerance=(RequestTolerance("a", 0.2, -1.0),),
            goal_time_s=0.0,
        ),
        now_s=0.0,
    )
    np.testing.assert_array_equal(goal.path.position, [np.inf, 0.1, np.inf])
    np.testing.assert_array_equal(goal.goal.position, [0.2, np.inf, np.inf])
    np.testing.assert_array_equal(goal.goal.velocity, [np.inf, 0.01, 0.01])
    assert goal.goal_time_s == 2.0


numbers = st.floats(-3.0, 3.0)


@given(st.lists(numbers, min_size=6, max_size=6), st.floats(0.1, 5.0))
def test_a_quintic_segment_meets_all_end_conditions(ends: list[float], duration: float) -> None:
    p0, p1, v0, v1, a0, a1 = (np.array([[value]]) for value in ends)
    spline = Spline(
        Waypoints(
            np.array([1.0, 1.0 + duration]),
            np.vstack((p0, p1)),
            np.vstack((v0, v1)),
            np.vstack((a0, a1)),
        )
    )
    np.testing.assert_allclose(np.ravel(spline.sample(1.0)), ends[0::2], atol=1e-7)
    np.testing.assert_allclose(np.ravel(spline.sample(1.0 + duration)), ends[1::2], atol=1e-5)


def test_less_is_known_the_lower_the_order() -> None:
    nan = np.full((2, 1), np.nan)
    times, positions = np.array([0.0, 2.0]), np.array([[0.0], [1.0]])
    linear = Spline(Waypoints(times, positions, nan, nan))
    cubic = Spline(Waypoints(times, positions, np.zeros((2, 1)), nan))
    assert [float(v[0]) for v in linear.sample(0.5)] == pytest.approx([0.25, 0.5, 0.0])
    # 3 s^2 - 2 s^3 of a rest-to-rest cubic at a quarter of the way.
    assert float(cubic.sample(0.5)[0][0]) == pytest.approx(3 / 16 - 2 / 64)


def test_samples_are_clamped_to_the_ends() -> None:
    nan = np.full((3, 1), np.nan)
    spline = Spline(Waypoints(np.arange(3.0), np.array([[0.0], [1.0], [5.0]]), nan, nan))
    assert spline.sample(9.0)[0] == pytest.approx([5.0])
    assert spline.sample(-1.0)[0] == pytest.approx([0.0])
    assert spline.sample(1.5)[0] == pytest.approx([3.0])
