"""config/clap.rviz against what the nodes really publish: topics, types, QoS, frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import (
    DurabilityPolicy,
    QoSCompatibility,
    QoSProfile,
    ReliabilityPolicy,
    qos_check_compatible,
)

from clap_perception.cloud_fusion.node import CloudFusionNode
from clap_perception.keypoint.node import KeypointNode
from clap_sim.simulation.node import SimulationNode
from tf2_msgs.msg import TFMessage

CONFIG = Path(__file__).parents[2] / "config" / "clap.rviz"
DEADLINE_S = 20.0
TOPICLESS = {"Grid", "TF"}
MESSAGE_TYPES = {
    "PointCloud2": "sensor_msgs/msg/PointCloud2",
    "Image": "sensor_msgs/msg/Image",
    "MarkerArray": "visualization_msgs/msg/MarkerArray",
    "RobotModel": "std_msgs/msg/String",
}
"""What RViz's displays subscribe to."""

RVIZ = yaml.safe_load(CONFIG.read_text())
DISPLAYS = {display["Name"]: display for display in RVIZ["Visualization Manager"]["Displays"]}


def kind(display: dict[str, Any]) -> str:
    """The display's class without its package."""
    package, name = display["Class"].split("/")
    assert package == "rviz_default_plugins"
    return str(name)


ENABLED = {
    name: display
    for name, display in DISPLAYS.items()
    if display["Enabled"] and kind(display) not in TOPICLESS
}


@pytest.fixture(scope="module")
def graph() -> Iterator[Node]:
    """A client beside the nodes that publish what RViz shows."""
    rclpy.init(args=["--ros-args", "-p", "scene:=empty"])
    simulation, keypoint, fusion = SimulationNode(), KeypointNode(), CloudFusionNode()
    fusion.trigger_configure()
    client = Node("rviz")
    yield client
    simulation.close()
    for node in (client, fusion, keypoint, simulation):
        node.destroy_node()
    rclpy.shutdown()


def qos(topic: dict[str, Any]) -> QoSProfile:
    """The profile that RViz subscribes with."""
    assert topic["History Policy"] == "Keep Last"
    return QoSProfile(
        depth=topic["Depth"],
        reliability=ReliabilityPolicy[topic["Reliability Policy"].upper().replace(" ", "_")],
        durability=DurabilityPolicy[topic["Durability Policy"].upper().replace(" ", "_")],
    )


def publishers(graph: Node, topic: str) -> list[Any]:
    deadline = time.monotonic() + DEADLINE_S
    while not (found := graph.get_publishers_info_by_topic(topic)):
        assert time.monotonic() < deadline, f"nothing publishes {topic}"
        rclpy.spin_once(graph, timeout_sec=0.05)
    return list(found)


@pytest.mark.parametrize("name", ENABLED)
def test_what_a_display_shows_is_published(graph: Node, name: str) -> None:
    display = ENABLED[name]
    for publisher in publishers(graph, display["Topic"]["Value"]):
        assert publisher.topic_type == MESSAGE_TYPES[kind(display)]
        verdict, why = qos_check_compatible(publisher.qos_profile, qos(display["Topic"]))
        assert verdict is not QoSCompatibility.ERROR, why
        if kind(display) == "MarkerArray":  # what was marked before RViz started is shown too
            assert publisher.qos_profile.durability is DurabilityPolicy.TRANSIENT_LOCAL
            assert display["Topic"]["Durability Policy"] == "Transient Local"


def test_the_frames_exist(graph: Node) -> None:
    frames: set[str] = set()

    def hear(message: TFMessage) -> None:
        for one in message.transforms:
            frames.update((one.header.frame_id, one.child_frame_id))

    latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    graph.create_subscription(TFMessage, "/tf_static", hear, latched)
    named = {
        RVIZ["Visualization Manager"]["Global Options"]["Fixed Frame"],
        RVIZ["Visualization Manager"]["Views"]["Current"]["Target Frame"],
        *(d["Reference Frame"] for d in DISPLAYS.values() if "Reference Frame" in d),
    }
    executor = SingleThreadedExecutor()
    executor.add_node(graph)
    deadline = time.monotonic() + DEADLINE_S
    while not named <= frames:
        assert time.monotonic() < deadline, f"{named - frames} are not in {frames}"
        executor.spin_once(timeout_sec=0.1)
    executor.remove_node(graph)


def test_panels_name_displays_that_there_are() -> None:
    time_panel = next(p for p in RVIZ["Panels"] if p["Class"] == "rviz_common/Time")
    assert time_panel["SyncSource"] in DISPLAYS
    pictures = {name for name, display in DISPLAYS.items() if kind(display) == "Image"}
    assert pictures <= set(RVIZ["Window Geometry"])
