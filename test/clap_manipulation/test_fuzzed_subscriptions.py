"""Whatever a publisher may legally send, the callbacks of the arm's nodes live and believe no
impossible robot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from clap_core.errors import ClapError
from clap_core.robot.joint_track import FINGER_MAX_M, LIMIT_TOLERANCE_RAD
from clap_core.robot.specification import HOME, arm_specification
from clap_manipulation.franka_executor.config import RobotNames, SupervisionConfig
from clap_manipulation.franka_executor.robot_monitor import RobotMonitor
from clap_manipulation.task_executive.hand_watch import HandConfig, HandWatch
from franka_msgs.msg import FrankaRobotState
from ros_fuzz import messages

ARM = arm_specification("fr3")
NAMES = [*ARM.joint_names, "fr3_finger_joint1", "fr3_finger_joint2"]
FUZZ = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

POSITIONS = st.lists(st.one_of(st.floats(), st.floats(-0.1, 0.1)), max_size=12)
NO_NUMBER = st.sampled_from([float("nan"), float("inf"), float("-inf")])
JOINT_STATES = messages(JointState) | messages(
    JointState,
    name=st.sampled_from([NAMES, NAMES[:7], NAMES[7:], NAMES[::-1], NAMES + NAMES[:1]]),
    position=POSITIONS | st.just([*HOME, 0.02, 0.02]) | st.just([0.02, 0.02]),
)


class Listening:
    """A node that only keeps what its subscriptions call."""

    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Any], None]] = {}  # by names relative to the root

    def get_namespace(self) -> str:
        return "/"

    def get_fully_qualified_name(self) -> str:
        return "/listening"

    def create_subscription(
        self, _type: type, topic: str, callback: Callable[[Any], None], *_: object, **__: object
    ) -> object:
        self.callbacks[topic.removeprefix("/")] = callback
        return object()

    def get_publishers_info_by_topic(self, _topic: str) -> list[Any]:
        return []


def monitor() -> tuple[RobotMonitor, Listening]:
    node = Listening()
    return RobotMonitor(node, RobotNames(), ARM, SupervisionConfig()), node  # type: ignore[arg-type]


def assert_believes_a_possible_robot(believed: RobotMonitor) -> None:
    joints, width = believed.measured_joints, believed.gripper_width_m
    if joints is not None:
        assert np.all(joints >= np.array(ARM.position_min) - LIMIT_TOLERANCE_RAD)
        assert np.all(joints <= np.array(ARM.position_max) + LIMIT_TOLERANCE_RAD)
    assert np.isnan(width) or 0.0 <= width <= 2 * FINGER_MAX_M
    assert isinstance(believed.mode(), str)
    for ask in (believed.start_joints, believed.external_force):
        try:
            assert np.isfinite(ask()).all()
        except ClapError as error:
            assert str(error)


@FUZZ
@given(st.lists(st.tuples(st.booleans(), JOINT_STATES), min_size=1, max_size=6))
def test_no_joint_states_end_the_executor_or_are_believed(
    sent: list[tuple[bool, JointState]],
) -> None:
    believed, node = monitor()
    names = RobotNames()
    for by_hand, message in sent:
        node.callbacks[names.hand_joint_states if by_hand else names.joint_states](message)
        assert_believes_a_possible_robot(believed)


@FUZZ
@given(st.sampled_from(range(len(NAMES))), NO_NUMBER)
def test_one_position_that_is_no_number_changes_nothing(place: int, value: float) -> None:
    believed, node = monitor()
    good = [*HOME, 0.02, 0.02]
    for topic in (RobotNames().joint_states, RobotNames().hand_joint_states):
        node.callbacks[topic](JointState(name=NAMES, position=good))
        bad = [*good[:place], value, *good[place + 1 :]]
        node.callbacks[topic](JointState(name=NAMES, position=bad))
    joints = believed.measured_joints
    assert joints is not None
    np.testing.assert_array_equal(joints, HOME)
    assert believed.gripper_width_m == 0.04


@FUZZ
@given(messages(FrankaRobotState))
def test_no_robot_state_ends_the_executor_or_is_believed(state: FrankaRobotState) -> None:
    believed, node = monitor()
    node.callbacks[RobotNames().joint_states](JointState(name=NAMES, position=[*HOME, 0.02, 0.02]))
    node.callbacks[RobotNames().robot_state](serialize_message(state))
    assert_believes_a_possible_robot(believed)


@FUZZ
@given(st.lists(JOINT_STATES, min_size=1, max_size=6))
def test_no_joint_states_end_the_executive(sent: list[JointState]) -> None:
    node = Listening()
    watch = HandWatch(node, HandConfig())  # type: ignore[arg-type]
    for message in sent:
        node.callbacks[HandConfig().joint_states](message)
    assert watch.agreed(None) is None


@pytest.mark.parametrize("size", [0, 100_000])
def test_messages_of_any_size(size: int) -> None:
    believed, node = monitor()
    names = [f"joint\n{number}" for number in range(size)]
    message = JointState(name=names, position=[float("nan")] * size)
    node.callbacks[RobotNames().joint_states](message)
    assert believed.measured_joints is None
