"""Contact by a hand that stays behind its plan."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clap_core.robot.specification import HOME, arm_specification
from clap_manipulation.franka_executor.lag import LagSense
from control_msgs.action import FollowJointTrajectory

ARM = arm_specification("fr3")
LIMIT_M = 0.004


def feedback(behind_rad: float, *, names: tuple[str, ...] = ARM.joint_names) -> object:
    """The elbow is behind: the hand, 0.55 m from its axis or so, by that much."""
    desired = np.array(HOME)
    actual = desired.copy()
    actual[3] -= behind_rad
    message = FollowJointTrajectory.Feedback(joint_names=list(names))
    order = [ARM.joint_names.index(name) for name in names]
    message.desired.positions = desired[order].tolist()
    message.actual.positions = actual[order].tolist()
    return message


@pytest.fixture
def sense() -> LagSense:
    return LagSense(ARM, LIMIT_M, samples=2)


def test_it_takes_as_many_messages_in_a_row_as_are_asked_for(sense: LagSense) -> None:
    far = feedback(0.02)
    assert [sense.feels(m) for m in (feedback(0.0), far, feedback(0.0), far, far)] == [
        False, False, False, False, True,
    ]  # fmt: skip


def test_what_it_was_behind_at_the_beginning_does_not_count(sense: LagSense) -> None:
    assert not any(sense.feels(feedback(0.02)) for _ in range(5))
    assert [sense.feels(feedback(0.04)) for _ in range(2)] == [False, True]


def test_a_small_lag_is_that_of_any_motion(sense: LagSense) -> None:
    assert not any(sense.feels(feedback(0.0005 * step)) for step in range(10))


def test_joints_are_known_by_their_names_whatever_their_order() -> None:
    sense = LagSense(ARM, LIMIT_M, samples=1)
    turned = tuple(reversed(ARM.joint_names))
    assert not sense.feels(feedback(0.0, names=turned))
    assert sense.feels(feedback(0.02))
    assert not sense.feels(feedback(0.0, names=turned))


def test_feedback_that_says_nothing_is_no_contact(sense: LagSense) -> None:
    sense.feels(feedback(0.0))
    assert not any(sense.feels(FollowJointTrajectory.Feedback()) for _ in range(3))
    assert not any(sense.feels(feedback(math.nan)) for _ in range(3))
    assert not any(sense.feels(feedback(0.02, names=ARM.joint_names[:6])) for _ in range(3))
