"""The keypoint node over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
import rclpy
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.time import Time
from scene_source import SceneSource, block_on_table, call, spin_until
from visualization_msgs.msg import MarkerArray

from clap_core.errors import ErrorCode
from clap_core.point_cloud import PointCloud
from clap_msgs.msg import Keypoint, SubTask
from clap_msgs.srv import FindKeypoint
from clap_perception.keypoint.node import LATCHED, KeypointNode

GRASP = SubTask(action="grasp", text="grasp the red block", object="red block")
SHORT_S = 0.3


@dataclass
class Bench:
    """The node under test, its surroundings and a client, in one executor."""

    node: KeypointNode
    source: SceneSource
    client: Client
    executor: SingleThreadedExecutor
    markers: list[MarkerArray] = field(default_factory=list)
    keypoints: list[Keypoint] = field(default_factory=list)

    def start(self, **parameters: object) -> None:
        self.node.set_parameters(
            [Parameter(name, value=value) for name, value in parameters.items()]
        )
        self.node.trigger_configure()
        self.node.trigger_activate()
        spin_until(self.executor, self.source.is_heard)

    def find(self, subtask: SubTask = GRASP, not_before_ns: int = 0) -> FindKeypoint.Response:
        request = FindKeypoint.Request(subtask=subtask)
        request.not_before = Time(nanoseconds=not_before_ns).to_msg()
        return call(self.executor, self.client, request)


@pytest.fixture
def bench() -> Iterator[Bench]:
    rclpy.init()
    node, source, executor = KeypointNode(), SceneSource(), SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(source)
    bench = Bench(node, source, source.create_client(FindKeypoint, "/keypoint/find"), executor)
    source.create_subscription(MarkerArray, "/keypoint/markers", bench.markers.append, LATCHED)
    source.create_subscription(Keypoint, "/keypoint/keypoint", bench.keypoints.append, LATCHED)
    yield bench
    node.release()
    executor.shutdown()
    node.destroy_node()
    source.destroy_node()
    rclpy.shutdown()


def test_it_finds_and_publishes_the_keypoint(bench: Bench) -> None:
    bench.start()
    bench.source.publish_hand()
    stamp_ns = bench.source.publish_cloud(block_on_table())
    response = bench.find()
    assert (response.error_code, response.error_msg) == (ErrorCode.SUCCESS, "")
    point = response.keypoint.point
    np.testing.assert_allclose([point.x, point.y, point.z], [0.5, 0.1, 0.045], atol=0.003)
    assert response.keypoint.header.frame_id == "base"
    assert Time.from_msg(response.keypoint.header.stamp).nanoseconds == stamp_ns
    assert list(response.seen) == ["red block at (0.50, 0.10)"]
    spin_until(bench.executor, lambda: bool(bench.markers and bench.keypoints))
    assert bench.keypoints[-1] == response.keypoint
    assert [each.label for each in response.candidates] == ["red block"]
    assert response.absent < 0.2
    shown = [(marker.ns, marker.text) for marker in bench.markers[-1].markers]
    assert shown == [
        ("", ""),
        ("keypoint", ""),
        ("keypoint", "red block (1.00)"),
        ("candidates", ""),
    ]


def test_it_waits_for_a_cloud_that_is_new_enough(bench: Bench) -> None:
    bench.start()
    bench.source.publish_hand()
    old_ns = bench.source.publish_cloud(block_on_table((20, 40, 200)))
    request = FindKeypoint.Request(subtask=GRASP)
    request.not_before = Time(nanoseconds=old_ns + 1).to_msg()
    spin_until(bench.executor, bench.client.service_is_ready)
    future = bench.client.call_async(request)
    spin_until(bench.executor, lambda: bool(bench.node.health_values()["clouds_received"]))
    new_ns = bench.source.publish_cloud(block_on_table())
    spin_until(bench.executor, future.done)
    response = future.result()
    assert response.error_code == ErrorCode.SUCCESS
    assert Time.from_msg(response.keypoint.header.stamp).nanoseconds == new_ns


def test_without_a_fresh_cloud_it_is_stale(bench: Bench) -> None:
    bench.start(**{"scene.cloud_timeout_s": SHORT_S})
    bench.source.publish_hand()
    response = bench.find()
    assert response.error_code == ErrorCode.CLOUD_STALE
    assert "no cloud came on /scene/points" in response.error_msg
    bench.source.publish_cloud(block_on_table(), bench.source.now_ns() - 60_000_000_000)
    response = bench.find()
    assert response.error_code == ErrorCode.CLOUD_STALE
    assert "60." in response.error_msg and "cloud_fusion" in response.error_msg
    # And it recovers as soon as there is one.
    bench.source.publish_cloud(block_on_table())
    assert bench.find().error_code == ErrorCode.SUCCESS


def test_bad_clouds_and_requests_have_their_codes(bench: Bench) -> None:
    bench.start()
    bench.source.publish_hand()
    empty = PointCloud(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8))
    stamp_ns = bench.source.publish_cloud(empty)
    assert bench.find(not_before_ns=stamp_ns).error_code == ErrorCode.CLOUD_EMPTY
    cloud = block_on_table()
    stamp_ns = bench.source.publish_cloud(PointCloud(cloud.xyz, cloud.rgb, "map"))
    assert bench.find(not_before_ns=stamp_ns).error_code == ErrorCode.INVALID_REQUEST
    stamp_ns = bench.source.publish_cloud(cloud)
    missing = SubTask(action="grasp", object="blue mug")
    response = bench.find(missing, stamp_ns)
    assert response.error_code == ErrorCode.OBJECT_NOT_FOUND
    assert list(response.seen) == ["red block at (0.50, 0.10)"]
    assert response.absent == 1.0
    response = bench.find(SubTask(action="juggle"), stamp_ns)
    assert response.error_code == ErrorCode.INVALID_REQUEST


def test_without_the_hands_pose_it_says_so(bench: Bench) -> None:
    bench.start(**{"scene.transform_timeout_s": SHORT_S})
    bench.source.publish_cloud(block_on_table())
    assert bench.find().error_code == ErrorCode.TRANSFORM_UNAVAILABLE


def test_an_inactive_node_says_so(bench: Bench) -> None:
    response = bench.find()
    assert response.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "activate" in response.error_msg


def test_an_unknown_backend_is_refused(bench: Bench) -> None:
    bench.node.set_parameters([Parameter("backend", value="oracle")])
    assert bench.node.trigger_configure() is TransitionCallbackReturn.FAILURE


def test_cleanup_ends_what_waits(bench: Bench) -> None:
    bench.start()
    spin_until(bench.executor, bench.client.service_is_ready)
    future = bench.client.call_async(FindKeypoint.Request(subtask=GRASP))
    waits = bench.node._listener._clouds._waits  # type: ignore[union-attr]
    spin_until(bench.executor, lambda: bool(waits))
    bench.node.trigger_deactivate()
    bench.node.trigger_cleanup()
    spin_until(bench.executor, future.done)
    assert future.result().error_code == ErrorCode.CLOUD_STALE
