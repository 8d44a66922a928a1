"""Pictures, cloud and arm, heard only while somebody looks at them.

Messages stay as they came until somebody asks for what is in them: a picture that nobody fetches
costs a copy of its bytes and no more.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2

from clap_console.page.arm import DrawnArm
from clap_console.page.stack import Cloud, Picture
from clap_console.page.task import Point
from clap_console.page.views import jpeg, packed, with_heat
from clap_core.camera import CameraIntrinsics
from clap_core.camera.image_message import to_array
from clap_core.camera.projection import project
from clap_core.camera.realsense import color_frame
from clap_core.errors import ClapError
from clap_core.frames import FrameBuffer, Sample
from clap_core.geometry import quaternion_xyzw
from clap_ros import clouds
from clap_ros.stamps import stamp_ns
from tf2_msgs.msg import TFMessage

WANTED_S = 4.0
"""How long something is heard after the last page has asked for it."""

ARM_PERIOD_S = 0.1
BASE = "base"

_NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_COLOUR = re.compile(r"camera/(\w+)/color/(?:image_raw|image_rect_raw)")


class WantedViews:
    """The newest message of a topic, as bytes; heard while it is asked for.

    Args:
        node: whose executor subscribes and lets go.
        kind: type of the messages.
        topic: full name.
        qos: of the subscription.
    """

    def __init__(self, node: Node, kind: type, topic: str, qos: QoSProfile = _NEWEST) -> None:
        self._node = node
        self._kind = kind
        self._topic = topic
        self._qos = qos
        self._asked_at = float("-inf")
        self._subscription: Subscription | None = None
        self._bytes: bytes | None = None
        self._count = 0

    def newest(self) -> tuple[int, Any] | None:
        """The number and the message of the newest one; None until one came. Any thread."""
        self._asked_at = time.monotonic()
        if self._subscription is None and self._node.executor is not None:
            self._node.executor.create_task(self._listen)
        data, count = self._bytes, self._count
        return None if data is None else (count, deserialize_message(data, self._kind))

    @property
    def count(self) -> int:
        """How many came."""
        return self._count

    def let_go_if_unwanted(self) -> None:
        """End the subscription if nobody has asked for a while. Any thread."""
        late = time.monotonic() - self._asked_at > WANTED_S
        if late and self._subscription is not None and self._node.executor is not None:
            self._node.executor.create_task(self._let_go)

    def _listen(self) -> None:
        if self._subscription is None:
            self._subscription = self._node.create_subscription(
                self._kind, self._topic, self._hear, self._qos, raw=True
            )

    def _let_go(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
            self._bytes = None  # what is old would be shown as new

    def _hear(self, data: bytes) -> None:
        self._bytes = data
        self._count += 1


class _Camera:
    """One camera's topics, and the last picture made of them."""

    def __init__(self, node: Node, prefix: str, name: str, topic: str) -> None:
        self.color = WantedViews(node, Image, topic)
        self.info = WantedViews(node, CameraInfo, f"{topic.rpartition('/')[0]}/camera_info")
        self.heat = WantedViews(node, Image, f"{prefix}keypoint/heatmap/{name}", _LATCHED)
        self.lock = threading.Lock()
        self.made: dict[bool, tuple[int, Picture]] = {}

    def all(self) -> tuple[WantedViews, ...]:
        return (self.color, self.info, self.heat)


class LiveViews:
    """What the page shows in pictures and in 3D.

    Args:
        node: whose subscriptions they are.
        prefix: of the stack's names, ``/`` or ``/left/``.
        point: the keypoint to mark.
        on_arm: called with the arm's capsules when it has moved.
    """

    def __init__(
        self,
        node: Node,
        prefix: str,
        point: Callable[[], Point | None],
        on_arm: Callable[[list[list[float]]], None],
    ) -> None:
        self._node = node
        self._prefix = prefix
        self._point = point
        self._on_arm = on_arm
        self._cameras: dict[str, _Camera] = {}
        self._cloud = WantedViews(node, PointCloud2, f"{prefix}scene/points")
        self._cloud_lock = threading.Lock()
        self._cloud_made: tuple[int, Cloud] | None = None
        self._arm = DrawnArm()
        self._arm_at = float("-inf")
        self._joints: Subscription | None = None
        self._frames = FrameBuffer()
        self._frames_lock = threading.Lock()
        node.create_subscription(TFMessage, f"{prefix}tf_static", self._on_frames, _LATCHED)

    def find_cameras(self) -> list[str]:
        """Names of the cameras that publish colour now."""
        for topic, types in self._node.get_topic_names_and_types():
            if not topic.startswith(self._prefix) or "sensor_msgs/msg/Image" not in types:
                continue
            found = _COLOUR.fullmatch(topic.removeprefix(self._prefix))
            if found and found[1] not in self._cameras and self._node.count_publishers(topic):
                self._cameras[found[1]] = _Camera(self._node, self._prefix, found[1], topic)
        return sorted(self._cameras)

    def tend(self, is_watched: bool) -> None:
        """Let go of what nobody wants. Any thread."""
        for camera in list(self._cameras.values()):
            for topic in camera.all():
                topic.let_go_if_unwanted()
        self._cloud.let_go_if_unwanted()
        if self._node.executor is not None and is_watched != (self._joints is not None):
            self._node.executor.create_task(self._hear_joints, is_watched)

    def picture(self, name: str, heat: bool) -> Picture | None:
        """The newest picture of a camera; encoded once, however many ask for it."""
        camera = self._cameras[name]
        heard = camera.color.newest()
        if heard is None:
            return None
        number, image = heard
        with camera.lock:
            made = camera.made.get(heat)
            if made is None or made[0] != number:
                made = (number, self._make(camera, name, image, heat))
                camera.made[heat] = made
            return made[1]

    def cloud(self) -> Cloud | None:
        """The newest cloud."""
        heard = self._cloud.newest()
        if heard is None:
            return None
        with self._cloud_lock:
            if self._cloud_made is None or self._cloud_made[0] != heard[0]:
                self._cloud_made = (heard[0], packed(clouds.from_message(heard[1])))
            return self._cloud_made[1]

    def _make(self, camera: _Camera, name: str, image: Image, heat: bool) -> Picture:
        rgb = to_array(image, "rgb8")
        drawn = camera.heat.newest() if heat else None
        if drawn is not None:
            rgb = with_heat(rgb, to_array(drawn[1]))
        height, width = rgb.shape[:2]
        mark = self._mark(camera, name)
        return Picture(jpeg(rgb), stamp_ns(image.header.stamp), width, height, mark)

    def _mark(self, camera: _Camera, name: str) -> tuple[float, float] | None:
        """Where the keypoint is in the picture; as a pinhole sees it, which is near enough."""
        point = self._point()
        info = None if point is None else camera.info.newest()
        if point is None or info is None:
            return None
        message = info[1]
        k = [float(value) for value in message.k]
        try:
            with self._frames_lock:
                base_T_camera = self._frames.lookup(
                    BASE, message.header.frame_id or color_frame(name)
                )
            optics = CameraIntrinsics(message.width, message.height, k[0], k[4], k[2], k[5])
        except ClapError:
            return None
        pixels, _, inside = project(np.array([point.xyz]), optics, base_T_camera)
        return (float(pixels[0, 0]), float(pixels[0, 1])) if inside[0] else None

    def _hear_joints(self, is_wanted: bool) -> None:
        if is_wanted and self._joints is None:
            self._joints = self._node.create_subscription(
                JointState, f"{self._prefix}joint_states", self._on_joints, _NEWEST
            )
        elif not is_wanted and self._joints is not None:
            self._node.destroy_subscription(self._joints)
            self._joints = None

    def _on_joints(self, message: JointState) -> None:
        now = time.monotonic()
        if now - self._arm_at < ARM_PERIOD_S:
            return
        self._arm_at = now
        if self._arm.update(message.name, message.position):
            self._place_arm()
            self._on_arm(self._arm.capsules())

    def _place_arm(self) -> None:
        """A camera on the hand hangs on the arm's last link."""
        arm = self._arm.arm_id
        link = self._arm.frames.get(f"{arm}_link7")
        if link is None:
            return
        x, y, z, w = quaternion_xyzw(link)
        sample = Sample((link[0, 3], link[1, 3], link[2, 3]), (x, y, z, w))
        with self._frames_lock:
            self._frames.set(f"{arm}_link0", f"{arm}_link7", sample, 0, is_static=True)

    def _on_frames(self, message: TFMessage) -> None:
        for stamped in message.transforms:
            p, q = stamped.transform.translation, stamped.transform.rotation
            sample = Sample((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))
            try:
                with self._frames_lock:
                    self._frames.set(
                        stamped.header.frame_id, stamped.child_frame_id, sample, 0, is_static=True
                    )
            except ClapError as error:
                self._node.get_logger().warning(error.message, throttle_duration_sec=5.0)
