"""The cameras over DDS: topics, types, QoS, frames, stamps and faults as users meet them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
import rclpy
from builtin_interfaces.msg import Time
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from clap_core.camera.image_message import to_array
from clap_sim.realsense.config import RealSenseConfig
from clap_sim.realsense.node import RealSensePublisher
from clap_sim.scenes import scene
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS
from tf2_msgs.msg import TFMessage

DEADLINE_S = 10.0
COLOR = "/camera/front/color/image_raw"
ALIGNED = "/camera/front/aligned_depth_to_color/image_raw"
DEPTH = "/camera/front/depth/image_rect_raw"


@dataclass
class Stage:
    """A node that publishes the cameras, one that listens, and what it heard."""

    publisher_node: Node
    listener: Node
    cameras: RealSensePublisher
    executor: SingleThreadedExecutor
    heard: dict[str, list] = field(default_factory=dict)

    def listen(self, kind: type, topic: str, qos: QoSProfile | int = 10) -> None:
        self.heard[topic] = []
        self.listener.create_subscription(kind, topic, self.heard[topic].append, qos)
        self.until(lambda: self.publisher_node.count_subscribers(topic) > 0)
        self.until(lambda: self.listener.count_publishers(topic) > 0)

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"deadline passed; heard {self.counts()}"
            self.executor.spin_once(timeout_sec=0.02)

    def publish_until_heard(self, *topics: str, stamp: Time) -> None:
        """Publish with one stamp until each topic has it; the first may go before discovery."""

        def done() -> bool:
            self.cameras.publish(stamp)
            self.executor.spin_once(timeout_sec=0.02)
            return all(
                any(message.header.stamp == stamp for message in self.heard[topic])
                for topic in topics
            )

        self.until(done)

    def counts(self) -> dict[str, int]:
        return {topic: len(messages) for topic, messages in self.heard.items()}


@pytest.fixture(scope="module")
def world() -> World:
    return World(scene("blocks"), seed=0)


@pytest.fixture
def stage(world: World) -> Iterator[Stage]:
    rclpy.init()
    executor = SingleThreadedExecutor()
    nodes = [Node("cameras"), Node("listener")]
    for node in nodes:
        executor.add_node(node)
    cameras = RealSensePublisher(nodes[0], world, RealSenseConfig(pointcloud=True), "fr3_hand")
    try:
        yield Stage(nodes[0], nodes[1], cameras, executor)
    finally:
        cameras.close()
        executor.shutdown()
        for node in nodes:
            node.destroy_node()
        rclpy.shutdown()


def test_colour_depth_and_infos_belong_together(stage: Stage) -> None:
    infos = [f"{topic.rsplit('/', 1)[0]}/camera_info" for topic in (COLOR, ALIGNED, DEPTH)]
    for topic in (COLOR, ALIGNED, DEPTH):
        stage.listen(Image, topic)
    for topic in infos:
        stage.listen(CameraInfo, topic)
    stamp = Time(sec=3, nanosec=200)
    stage.publish_until_heard(COLOR, ALIGNED, DEPTH, *infos, stamp=stamp)
    color, aligned, depth = (stage.heard[topic][-1] for topic in (COLOR, ALIGNED, DEPTH))
    assert (color.encoding, aligned.encoding) == ("rgb8", "16UC1")
    assert color.header == aligned.header
    assert color.header.frame_id == "front_color_optical_frame"
    assert depth.header.frame_id == "front_depth_optical_frame"
    assert to_array(color).shape == (480, 640, 3)
    measured = to_array(aligned)
    assert measured.dtype == np.uint16
    assert 300 < np.median(measured[measured > 0]) < 2500
    for image, topic in zip((color, aligned, depth), infos, strict=True):
        info = stage.heard[topic][-1]
        assert info.header == image.header
        assert (info.width, info.height) == (640, 480)
        assert info.k[0] == pytest.approx(610.0)
        assert (info.k[2], info.k[5]) == (319.5, 239.5)


def test_best_effort_listeners_get_images_too(stage: Stage) -> None:
    stage.listen(Image, COLOR, qos_profile_sensor_data)
    stage.publish_until_heard(COLOR, stamp=Time(sec=1))


def test_nothing_is_rendered_for_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    info = "/camera/left/color/camera_info"
    stage.listen(CameraInfo, info)

    def no_rendering(*_: object) -> None:
        raise AssertionError("rendered without a subscriber")

    monkeypatch.setattr("clap_sim.realsense.camera.CameraRig.capture", no_rendering)
    monkeypatch.setattr("clap_sim.realsense.camera.CameraRig.spectate", no_rendering)
    stage.publish_until_heard(info, stamp=Time(sec=2))


def test_late_listeners_hear_the_static_frames(stage: Stage) -> None:
    latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    stage.listen(TFMessage, "/tf_static", latched)
    stage.until(lambda: bool(stage.heard["/tf_static"]))
    transforms = {
        (t.header.frame_id, t.child_frame_id) for t in stage.heard["/tf_static"][0].transforms
    }
    for camera in ("front", "left", "right"):
        assert ("base", f"{camera}_link") in transforms
    assert ("fr3_hand", "wrist_link") in transforms
    assert ("front_link", "front_color_frame") in transforms
    assert ("front_color_frame", "front_color_optical_frame") in transforms


def test_the_chain_of_frames_ends_at_the_optical_frame(stage: Stage) -> None:
    from clap_core.geometry.transforms import make_transform
    from clap_sim.realsense.frames import static_transforms

    chain = {
        t.child_frame_id: t for t in static_transforms(RGBD_CAMERAS, "base", "fr3_hand", Time())
    }
    for mount in RGBD_CAMERAS:
        product, frame = np.eye(4), f"{mount.name}_color_optical_frame"
        while frame in chain:
            t = chain[frame].transform
            step = make_transform(
                [t.translation.x, t.translation.y, t.translation.z],
                [t.rotation.x, t.rotation.y, t.rotation.z, t.rotation.w],
            )
            product, frame = step @ product, chain[frame].header.frame_id
        assert np.allclose(product, mount.parent_T_optical(), atol=1e-6)


def test_faults_stop_a_camera_and_zero_its_depth(stage: Stage) -> None:
    left = "/camera/left/color/image_raw"
    for topic in (COLOR, ALIGNED, left):
        stage.listen(Image, topic)
    stage.publish_until_heard(COLOR, ALIGNED, left, stamp=Time(sec=1))
    stage.publisher_node.set_parameters(
        [
            Parameter("faults.stopped_cameras", value=["left"]),
            Parameter("faults.zero_depth_cameras", value=["front"]),
        ]
    )
    stage.publish_until_heard(COLOR, ALIGNED, stamp=Time(sec=2))
    assert not to_array(stage.heard[ALIGNED][-1]).any()
    assert to_array(stage.heard[COLOR][-1]).any()
    assert all(message.header.stamp.sec == 1 for message in stage.heard[left])


def test_spectator_and_point_cloud(stage: Stage) -> None:
    spectator, points = "/simulation/spectator/image_raw", "/camera/front/depth/color/points"
    stage.listen(Image, spectator)
    stage.listen(PointCloud2, points)
    stage.publish_until_heard(spectator, points, stamp=Time(sec=4))
    assert to_array(stage.heard[spectator][-1]).shape == (540, 960, 3)
    cloud = stage.heard[points][-1]
    assert cloud.width * cloud.height > 100_000
    assert cloud.header.frame_id == "front_color_optical_frame"
