"""Choosing topics, QoS of recordings and replays, definitions."""

from __future__ import annotations

import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosbags.typesys import Stores, get_typestore

from clap_bringup.bags.message_classes import message_class
from clap_bringup.bags.qos import publisher_profile, subscription_profile, to_recorded
from clap_bringup.bags.topics import TopicFilter, patterns_in, placed, split_patterns
from clap_data.bags.definitions import Definitions, UnknownTypeError
from clap_msgs.action import ExecuteTask

RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.mark.parametrize(
    ("topic", "wanted"),
    [
        ("/camera/front/color/image_raw", True),
        ("/camera/front/depth/image_rect_raw", False),
        ("/tf", True),
        ("/tf_static", False),
        ("/camera/_hidden", False),
        ("/a/_action/status", True),
    ],
)
def test_patterns_choose(topic: str, wanted: bool) -> None:
    chosen = TopicFilter(("/camera/*", "/tf", "/a/_action/status"), exclude=("*/depth/*",))
    assert chosen.wants(topic) is wanted


def test_everything_but_hidden_topics_is_the_default() -> None:
    assert TopicFilter().wants("/x")
    assert not TopicFilter().wants("/x/_action/feedback")
    assert TopicFilter(hidden=True).wants("/x/_action/feedback")


def test_patterns_are_split_at_commas_and_made_absolute() -> None:
    assert split_patterns(["/a,b", "*c"]) == ["/a", "/b", "*c"]


@pytest.mark.parametrize("namespace", ["left", "/left", "/left/"])
def test_names_are_placed_in_a_namespace_once(namespace: str) -> None:
    assert placed("/joint_states", namespace) == "/left/joint_states"
    assert placed("/left/joint_states", namespace) == "/left/joint_states"
    assert placed("/leftover", namespace) == "/left/leftover"
    assert patterns_in(namespace, ["/tf", "*/points"]) == ["/left/tf", "/left/*/points"]
    assert patterns_in(namespace, []) == ["/left/*"]


@pytest.mark.parametrize("namespace", ["", "/"])
def test_without_a_namespace_names_stay(namespace: str) -> None:
    assert placed("/joint_states", namespace) == "/joint_states"
    assert patterns_in(namespace, ["/tf", "*/points"]) == ["/tf", "*/points"]
    assert patterns_in(namespace, []) == []


def test_a_subscription_asks_for_no_more_than_all_offer() -> None:
    assert subscription_profile([RELIABLE]).reliability == ReliabilityPolicy.RELIABLE
    mixed = subscription_profile([RELIABLE, BEST_EFFORT, LATCHED])
    assert mixed.reliability == ReliabilityPolicy.BEST_EFFORT
    assert mixed.durability == DurabilityPolicy.VOLATILE
    assert subscription_profile([LATCHED]).durability == DurabilityPolicy.TRANSIENT_LOCAL


def test_a_replay_offers_as_much_as_any_offered() -> None:
    mixed = publisher_profile([to_recorded(BEST_EFFORT), to_recorded(LATCHED)])
    assert mixed.reliability == ReliabilityPolicy.RELIABLE
    assert mixed.durability == DurabilityPolicy.TRANSIENT_LOCAL
    alone = publisher_profile([to_recorded(BEST_EFFORT)])
    assert alone.reliability == ReliabilityPolicy.BEST_EFFORT
    assert publisher_profile([]).reliability == ReliabilityPolicy.RELIABLE


@pytest.mark.parametrize("name", ["sensor_msgs/msg/PointCloud2", "tf2_msgs/msg/TFMessage"])
def test_definitions_have_the_hash_of_jazzy(name: str) -> None:
    text, digest = Definitions().get(name)
    assert digest == get_typestore(Stores.ROS2_JAZZY).hash_rihs01(name)
    assert "MSG: std_msgs/Header" in text


def test_the_feedback_of_an_action_has_a_definition_and_a_class() -> None:
    name = "clap_msgs/action/ExecuteTask_FeedbackMessage"
    text, _ = Definitions().get(name)
    assert text.startswith("unique_identifier_msgs/UUID goal_id\n")
    assert message_class(name) is ExecuteTask.Impl.FeedbackMessage


def test_an_unknown_type_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownTypeError):
        Definitions().get("no_such_msgs/msg/Thing")
    with pytest.raises(UnknownTypeError):
        message_class("std_msgs/msg/NoSuchThing")
