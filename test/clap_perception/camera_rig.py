"""Made-up RealSense cameras that publish the tabletop over DDS."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from clap_core.camera import CameraView
from clap_core.camera.tabletop import views
from clap_core.geometry import quaternion_xyzw
from clap_core.point_cloud import PointCloud
from clap_ros import clouds, images
from clap_ros.transforms import TF_QOS, TF_STATIC_QOS
from tf2_msgs.msg import TFMessage

PERIOD_S = 0.05
DEADLINE_S = 30.0
WIDTH, HEIGHT = 160, 120

CLOUD_QOS = {"reliable": QoSProfile(depth=5), "best-effort": qos_profile_sensor_data}


class CameraRig(Node):
    """Three cameras; a test changes what they do, then waits for the effect.

    Attributes:
        views: by camera, what it shows; replace entries to change images and poses.
        silent: cameras that send no images.
        silent_depth: cameras that send colour but no depth.
        d405: cameras whose colour is on the topic that a D405 has.
        delay_s: by camera, how much older than now its stamps are.
        ahead: by camera, how far every fourth of its frames is stamped ahead.
        moving: cameras whose pose is on /tf instead of /tf_static.
        clouds: clouds as they come, for each reliability.
        health: newest diagnostics of cloud_fusion.
    """

    def __init__(self) -> None:
        super().__init__("camera_rig")
        self._good_views = {view.name: view for view in views(0, WIDTH, HEIGHT)}
        self._static = self.create_publisher(TFMessage, "/tf_static", TF_STATIC_QOS)
        self.clockwork = self.create_timer(PERIOD_S, self.publish_all)
        self.reset()
        self._tf = self.create_publisher(TFMessage, "/tf", TF_QOS)
        self._images: dict[tuple[str, str], Publisher] = {}
        self._rectified: dict[str, Publisher] = {}
        self._infos: dict[str, Publisher] = {}
        self.advertise(ReliabilityPolicy.RELIABLE)
        for name, qos in CLOUD_QOS.items():
            self.create_subscription(
                PointCloud2,
                "/scene/points",
                lambda message, name=name: self.clouds[name].append(clouds.from_message(message)),
                qos,
            )
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def advertise(self, reliability: ReliabilityPolicy) -> None:
        """Publish from now on reliably, or not."""
        for publishers in (self._images, self._rectified, self._infos):
            for publisher in publishers.values():
                self.destroy_publisher(publisher)
        qos = QoSProfile(depth=5, reliability=reliability)
        for name in self.views:
            for kind in ("color", "aligned_depth_to_color"):
                topic = f"/camera/{name}/{kind}/image_raw"
                self._images[name, kind] = self.create_publisher(Image, topic, qos)
            topic = f"/camera/{name}/color/image_rect_raw"
            self._rectified[name] = self.create_publisher(Image, topic, qos)
            topic = f"/camera/{name}/aligned_depth_to_color/camera_info"
            self._infos[name] = self.create_publisher(CameraInfo, topic, qos)

    def reset(self) -> None:
        """All cameras work, no pose is published yet, nothing has been heard."""
        self.views: dict[str, CameraView] = dict(self._good_views)
        self.silent: set[str] = set()
        self.silent_depth: set[str] = set()
        self.d405: set[str] = set()
        self.delay_s = dict.fromkeys(self.views, 0.0)
        self.ahead: dict[str, float] = {}
        self.moving: set[str] = set()
        self.clouds: dict[str, list[PointCloud]] = {name: [] for name in CLOUD_QOS}
        self.health = DiagnosticStatus()
        self.stamps: list[int] = []
        self.infos = {n: images.intrinsics_to_message(v.intrinsics) for n, v in self.views.items()}
        # A new publisher does not hand out what the old one kept for late listeners.
        self.destroy_publisher(self._static)
        self._static = self.create_publisher(TFMessage, "/tf_static", TF_STATIC_QOS)
        self.clockwork.reset()

    @property
    def fused(self) -> list[PointCloud]:
        """Clouds as a reliable subscriber gets them."""
        return self.clouds["reliable"]

    @property
    def error_code(self) -> str:
        """The code that cloud_fusion reports."""
        return {value.key: value.value for value in self.health.values}.get("error_code", "")

    def says(self, level: bytes, code: str, *words: str) -> bool:
        """Whether cloud_fusion reports this."""
        text = self.health.message
        return (
            self.health.level == level
            and self.error_code == code
            and all(word in text for word in words)
        )

    def is_heard(self) -> bool:
        """Whether every image and intrinsics topic has a subscriber."""
        publishers = [
            *self._images.values(),
            *self._rectified.values(),
            *self._infos.values(),
        ]
        return all(publisher.get_subscription_count() for publisher in publishers)

    def publish_poses(self, *cameras: str) -> None:
        """Publish the fixed cameras' poses on /tf_static."""
        self._static.publish(
            TFMessage(transforms=[self._pose(name, 0) for name in cameras or self.views])
        )

    def publish_all(self) -> None:
        """One frame of each camera."""
        now_ns = self.get_clock().now().nanoseconds
        self.stamps.append(now_ns)
        for name, view in self.views.items():
            late_s = self.delay_s[name]
            if len(self.stamps) % 4 == 0:
                late_s -= self.ahead.get(name, 0.0)
            stamp_ns = now_ns - round(late_s * 1e9)
            if name in self.moving:
                self._tf.publish(TFMessage(transforms=[self._pose(name, stamp_ns)]))
            if name not in self.silent:
                self._publish_frame(name, view, stamp_ns)

    def _publish_frame(self, name: str, view: CameraView, stamp_ns: int) -> None:
        header = Header(frame_id=f"{name}_color_optical_frame")
        header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        self.infos[name].header = header
        self._infos[name].publish(self.infos[name])
        color = images.to_message(view.rgb, "rgb8", header)
        (self._rectified[name] if name in self.d405 else self._images[name, "color"]).publish(color)
        if name not in self.silent_depth:
            encoding = "16UC1" if view.depth.dtype == np.uint16 else "32FC1"
            depth = images.to_message(view.depth, encoding, header)
            self._images[name, "aligned_depth_to_color"].publish(depth)

    def _pose(self, name: str, stamp_ns: int) -> TransformStamped:
        pose = self.views[name].base_T_camera
        stamped = TransformStamped(child_frame_id=f"{name}_color_optical_frame")
        stamped.header.frame_id = "base"
        stamped.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        p, q = stamped.transform.translation, stamped.transform.rotation
        p.x, p.y, p.z = pose[:3, 3].tolist()
        q.x, q.y, q.z, q.w = quaternion_xyzw(pose).tolist()
        return stamped

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "cloud_fusion":
                self.health = status


def spin_until(executor: SingleThreadedExecutor, condition: Callable[[], bool]) -> None:
    """Spin until something holds; fail when it does not within a deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it never happened"
        executor.spin_once(timeout_sec=0.05)
