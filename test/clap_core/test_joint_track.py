"""What is believed of messages about joints."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clap_core.robot.joint_track import (
    OWN_TOPIC_COUNTS_S,
    ImplausibleJointsError,
    JointTrack,
    OpeningTrack,
    opening,
    pick,
)
from clap_core.robot.specification import ARMS, HOME, arm_specification

HOME_JOINTS = np.array(HOME)


def test_joints_are_picked_by_name_in_the_order_asked_for() -> None:
    picked = pick(["b", "x", "a"], [2.0, 9.0, 1.0], ["a", "b"])
    assert picked is not None
    np.testing.assert_array_equal(picked, [1.0, 2.0])
    assert pick(["a"], [1.0], ["a", "b"]) is None
    assert pick([], [], ["a"]) is None


@pytest.mark.parametrize(
    ("names", "positions", "words"),
    [
        (["a", "b"], [], "2 joints are named with 0 positions"),
        (["a", "b"], [1.0], "with 1 positions"),
        (["a", "b"], [1.0, 2.0, 3.0], "with 3 positions"),
        (["a", "b", "a"], [1.0, 2.0, 3.0], "twice"),
        (["a", "b"], [1.0, math.nan], "finite"),
        (["a", "b"], [math.inf, 1.0], "finite"),
    ],
)
def test_a_message_that_says_nothing_certain_is_refused(
    names: list[str], positions: list[float], words: str
) -> None:
    with pytest.raises(ImplausibleJointsError, match=words):
        pick(names, positions, ["a", "b"])


@given(
    st.lists(st.sampled_from(["a", "b", "c", "\x00"]), max_size=5),
    st.lists(st.floats(), max_size=5),
)
def test_whatever_comes_is_finite_or_refused(names: list[str], positions: list[float]) -> None:
    try:
        picked = pick(names, positions, ["a", "b"])
    except ImplausibleJointsError:
        return
    assert picked is None or (picked.shape == (2,) and np.isfinite(picked).all())


def test_the_opening_is_the_sum_and_never_negative() -> None:
    assert opening(np.array([0.02, 0.021])) == pytest.approx(0.041)
    assert opening(np.array([-0.001, 0.0])) == 0.0
    for finger in (-0.01, 0.3):
        with pytest.raises(ImplausibleJointsError, match="finger"):
            opening(np.array([0.02, finger]))


@pytest.mark.parametrize("arm_id", sorted(ARMS))
def test_a_publisher_of_zeros_is_noticed(arm_id: str) -> None:
    track = JointTrack(arm_specification(arm_id))
    track.add(HOME_JOINTS, 0.0)
    with pytest.raises(ImplausibleJointsError, match="joint 4"):
        track.add(np.zeros(7), 0.03)
    track.add(HOME_JOINTS, 0.06)  # what was refused does not count as the last


def test_a_jump_is_refused_and_a_fast_motion_is_not() -> None:
    arm = arm_specification("fr3")
    track = JointTrack(arm)
    track.add(HOME_JOINTS, 0.0)
    track.add(HOME_JOINTS + 0.1 * np.asarray(arm.velocity), 0.1)
    track.add(HOME_JOINTS, 0.11)  # late messages come in a bunch
    away = HOME_JOINTS.copy()
    away[0] += 1.0
    with pytest.raises(ImplausibleJointsError, match=r"joint 1 would have jumped by 1\.00 rad"):
        track.add(away, 0.2)
    with pytest.raises(ImplausibleJointsError, match="jumped"):
        track.add(HOME_JOINTS, 0.3)  # nor is the other one believed again at once
    track.add(HOME_JOINTS, 0.4)


def test_after_a_silence_the_arm_may_be_elsewhere() -> None:
    track = JointTrack(arm_specification("fr3"))
    track.add(HOME_JOINTS, 0.0)
    away = HOME_JOINTS.copy()
    away[0] += 1.0
    track.add(away, 3.0)


def test_the_grippers_own_topic_counts_while_it_speaks() -> None:
    """As with a joint_state_publisher that listens to a gripper of another name."""
    track = OpeningTrack(("a", "b"))
    assert math.isnan(track.width_m)
    assert track.hear(["a", "b"], [0.0, 0.0], 0.0, is_own=False)
    assert track.width_m == 0.0
    assert track.hear(["a", "b"], [0.02, 0.02], 0.1, is_own=True)
    assert not track.hear(["a", "b"], [0.0, 0.0], 0.2, is_own=False)
    assert (track.width_m, track.heard_at_s) == (0.04, 0.1)
    assert not track.hear(["c"], [0.0], 0.3, is_own=True)
    assert track.hear(["a", "b"], [0.01, 0.01], 0.2 + OWN_TOPIC_COUNTS_S, is_own=False)
    assert track.width_m == 0.02
