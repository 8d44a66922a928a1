"""The table of rights against what the nodes of the running stack really have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rclpy.node import Node
from running_stack import RunningStack

from clap_cli.security.rights import TopicRights, in_dds
from clap_cli.security.table import rights

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

CAMERAS = ("front", "left", "right", "wrist")
ELSEWHERE = {
    # Of the manager: what is there only where the stack is on two computers.
    "lifecycle_manager": {
        "rq/thinking_manager/half_is_activeRequest", "rr/thinking_manager/half_is_activeReply",
        "rr/lifecycle_manager/half_is_activeReply", "rq/lifecycle_manager/half_is_activeRequest",
    },
    # Of finders that draw heat maps, on demand; the baseline does not.
    "keypoint": {f"rt/keypoint/heatmap/{camera}" for camera in CAMERAS},
    # Camera 'wrist' is there, but not fused unless it is asked for.
    "cloud_fusion": {
        f"rt/camera/wrist/{name}"
        for name in (
            "color/image_raw", "color/image_rect_raw", "aligned_depth_to_color/image_raw",
            "aligned_depth_to_color/camera_info",
        )
    },
    # Drivers' clouds are off by default.
    "simulation": {f"rt/camera/{camera}/depth/color/points" for camera in CAMERAS},
}  # fmt: skip
GRAPH_TOPIC = "ros_discovery_info"


@pytest.fixture(scope="module")
def stack(start_stack: Callable[..., RunningStack]) -> RunningStack:
    return start_stack(real_time_factor="1.0", camera_rate="2.0")


def seen(node: Node, name: str) -> TopicRights:
    """What the graph tells of a node, in the topics of DDS."""
    publish, subscribe = {GRAPH_TOPIC}, {GRAPH_TOPIC}
    for topic, _ in node.get_publisher_names_and_types_by_node(name, "/"):
        publish.add(f"rt{topic}")
    for topic, _ in node.get_subscriber_names_and_types_by_node(name, "/"):
        subscribe.add(f"rt{topic}")
    for service, _ in node.get_service_names_and_types_by_node(name, "/"):
        publish.add(f"rr{service}Reply")
        subscribe.add(f"rq{service}Request")
    for service, _ in node.get_client_names_and_types_by_node(name, "/"):
        publish.add(f"rq{service}Request")
        subscribe.add(f"rr{service}Reply")
    return TopicRights(frozenset(publish), frozenset(subscribe))


def test_each_node_may_do_what_it_does_and_nothing_else(stack: RunningStack) -> None:
    node = stack.stack.node
    table = rights("fr3", CAMERAS)
    running = set(node.get_node_names()) - {"clap_command"}
    assert {"simulation", "franka_executor", "lifecycle_manager", "policy"} <= running
    for name in sorted(running):
        may, does = in_dds(name, table[name], ""), seen(node, name)
        spare = ELSEWHERE.get(name, set())
        for kind in ("publish", "subscribe"):
            allowed, used = getattr(may, kind), getattr(does, kind)
            assert not used - allowed, f"{name} may not {kind} {sorted(used - allowed)}"
            assert not allowed - used - spare, f"{name} needs not {kind} {allowed - used - spare}"
