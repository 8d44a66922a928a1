"""What the keypoint and clar nodes listen to: a cloud, the hand's pose and its opening."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import JointState, PointCloud2

from clap_core.geometry import quaternion_xyzw, tool_down
from clap_core.point_cloud import PointCloud
from clap_ros import clouds
from clap_ros.transforms import TF_QOS
from tf2_msgs.msg import TFMessage

DEADLINE_S = 20.0
HOME = tool_down([0.31, 0.0, 0.49])
OPENING_M = 0.08


def block_on_table(rgb: tuple[int, int, int] = (200, 20, 15)) -> PointCloud:
    """A red block of 45 mm at (0.5, 0.1) on a gray table, in voxels of 5 mm."""
    x, y = np.meshgrid(np.arange(0.3, 0.7, 0.005), np.arange(-0.3, 0.3, 0.005))
    table = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    side = np.arange(-0.0225, 0.0226, 0.005)
    a, b, c = (axis.ravel() for axis in np.meshgrid(side, side, side))
    shell = np.maximum.reduce([np.abs(a), np.abs(b), np.abs(c)]) > 0.022
    block = np.column_stack([a, b, c])[shell] + np.array([0.5, 0.1, 0.0225])
    return PointCloud(
        np.concatenate([table, block]).astype(np.float32),
        np.concatenate([np.full_like(table, 130), np.full_like(block, 1) * rgb]).astype(np.uint8),
    )


class SceneSource(Node):
    """Publishes what cloud_fusion and the robot publish, and calls the node under test."""

    def __init__(self) -> None:
        super().__init__("scene_source")
        self._clouds = self.create_publisher(PointCloud2, "/scene/points", 2)
        self._joints = self.create_publisher(JointState, "/joint_states", 10)
        self._tf = self.create_publisher(TFMessage, "/tf", TF_QOS)

    def now_ns(self) -> int:
        """The node's clock."""
        return int(self.get_clock().now().nanoseconds)

    def publish_cloud(self, cloud: PointCloud, stamp_ns: int | None = None) -> int:
        """Publish a cloud, by default as taken now; returns its stamp."""
        stamp_ns = self.now_ns() if stamp_ns is None else stamp_ns
        self._clouds.publish(
            clouds.to_message(PointCloud(cloud.xyz, cloud.rgb, cloud.frame, stamp_ns))
        )
        return stamp_ns

    def publish_hand(self, base_T_tcp: np.ndarray = HOME) -> None:
        """Publish the hand's pose at two times around now, and its opening."""
        now = self.now_ns()
        transforms = []
        for stamp_ns in (now - 2_000_000_000, now + 2_000_000_000):
            stamped = TransformStamped()
            stamped.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
            stamped.header.frame_id, stamped.child_frame_id = "base", "fr3_hand_tcp"
            position, rotation = stamped.transform.translation, stamped.transform.rotation
            position.x, position.y, position.z = (float(value) for value in base_T_tcp[:3, 3])
            rotation.x, rotation.y, rotation.z, rotation.w = (
                float(value) for value in quaternion_xyzw(base_T_tcp)
            )
            transforms.append(stamped)
        self._tf.publish(TFMessage(transforms=transforms))
        fingers = JointState(
            name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[OPENING_M / 2] * 2
        )
        self._joints.publish(fingers)

    def is_heard(self) -> bool:
        """Whether every publisher has its subscriber."""
        return all(
            publisher.get_subscription_count() > 0
            for publisher in (self._clouds, self._joints, self._tf)
        )


def spin_until(executor: SingleThreadedExecutor, condition: Callable[[], bool]) -> None:
    """Spin until something holds; fail when it does not within a deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it never happened"
        executor.spin_once(timeout_sec=0.05)


def call(executor: SingleThreadedExecutor, client: Client, request: Any) -> Any:
    """Call a service and spin until its answer is there."""
    spin_until(executor, client.service_is_ready)
    future = client.call_async(request)
    spin_until(executor, future.done)
    return future.result()
