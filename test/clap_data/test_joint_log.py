"""Joints of recordings as they are: gaps, nonsense, foreign publishers, clocks that are set."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import JointState

from clap_core.errors import ClapError
from clap_core.robot.specification import HOME
from clap_data.bags.joint_log import NS_PER_S, JointTopic, series

ARM = [f"fr3_joint{number}" for number in range(1, 8)]
STEP_NS = NS_PER_S // 30
START_NS = 1_760_000_000 * NS_PER_S


def message(stamp_ns: int, positions: Sequence[float] = HOME) -> JointState:
    state = JointState(name=ARM, position=list(positions))
    state.header.stamp = Time(sec=stamp_ns // NS_PER_S, nanosec=stamp_ns % NS_PER_S)
    return state


def filled(count: int = 60) -> JointTopic:
    topic = JointTopic("/joint_states")
    for number in range(count):
        stamp_ns = START_NS + number * STEP_NS
        assert topic.add(message(stamp_ns), stamp_ns) == stamp_ns
    return topic


@pytest.mark.parametrize(
    "bad",
    [
        [math.nan] * 7,
        [0.0] * 7,
        [*HOME[:6], 9.0],
        [],
    ],
)
def test_one_message_of_nonsense_is_left_out_and_counted(
    bad: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    topic = filled()
    topic.add(message(START_NS + 60 * STEP_NS, bad), 0)
    topic.add(message(START_NS + 61 * STEP_NS), 0)
    with caplog.at_level(logging.WARNING):
        topic.check()
    assert "left out 1 of 62 messages on /joint_states" in caplog.text
    assert [len(topic.samples[name]) for name in ARM] == [61] * 7


def test_a_second_publisher_makes_the_recording_untrustworthy() -> None:
    topic = JointTopic("/joint_states")
    for number in range(60):
        positions = [0.0] * 7 if number % 3 == 2 else HOME
        topic.add(message(START_NS + number * STEP_NS, positions), 0)
    with pytest.raises(ClapError, match="20 of 60 messages on /joint_states"):
        topic.check()


def test_a_clock_that_is_set_back_is_named_with_its_time() -> None:
    topic = filled()
    with pytest.raises(
        ClapError, match=r"/joint_states the clock steps back by 2\.0 s at 17600000"
    ):
        topic.add(message(START_NS + 59 * STEP_NS - 2 * NS_PER_S), 0)


def test_messages_may_overtake_each_other() -> None:
    topic = filled()
    topic.add(message(START_NS + 50 * STEP_NS + 1), 0)
    assert len(topic.samples[ARM[0]]) == 61


def test_a_message_without_a_stamp_counts_from_when_it_was_recorded() -> None:
    topic = JointTopic("/joint_states")
    assert topic.add(message(0), START_NS) == START_NS
    assert topic.samples[ARM[0]] == [(START_NS, HOME[0])]


def test_a_series_has_the_times_that_all_joints_have() -> None:
    first = [(10, 1.0), (20, 2.0), (30, 3.0)]
    second = [(30, 30.0), (10, 10.0)]
    times, values = series([first, second])
    np.testing.assert_array_equal(times, [10, 30])
    np.testing.assert_array_equal(values, [[1.0, 10.0], [3.0, 30.0]])


def test_joints_in_messages_of_their_own_are_gathered() -> None:
    columns = [
        [(START_NS + tick * STEP_NS + joint, tick + 0.1 * joint) for tick in range(10)]
        for joint in range(3)
    ]
    del columns[2][5]  # one is lost: the moment is left out, nothing is made up
    times, values = series(columns)
    assert len(times) == 9
    np.testing.assert_allclose(values[0], [0.0, 0.1, 0.2])
    np.testing.assert_allclose(values[-1], [9.0, 9.1, 9.2])
    assert START_NS + 5 * STEP_NS not in times
