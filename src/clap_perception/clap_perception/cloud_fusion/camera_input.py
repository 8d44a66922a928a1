"""One camera's topics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.event_handler import QoSRequestedIncompatibleQoSInfo, SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, Image

from clap_core.camera import CameraView
from clap_core.camera.camera_info import rectification_from_message
from clap_core.camera.image_message import to_array
from clap_core.camera.rectification import Rectification
from clap_core.errors import ClapError
from clap_core.geometry.transforms import Transform
from clap_perception.cloud_fusion.camera_monitor import NS_PER_S, CameraMonitor
from clap_perception.cloud_fusion.config import CloudFusionConfig
from clap_perception.cloud_fusion.synchroniser import StampSynchroniser
from clap_ros.stamps import stamp_ns

COLOR, DEPTH, INFO = range(3)
"""Places in the list of a camera's topics."""

IMAGE_QUEUE = 2
"""Images kept while the node is busy: only the newest matter, and two find their partners."""

INFO_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Received from reliable and best-effort publishers alike."""


@dataclass(frozen=True)
class RgbdMessages:
    """Colour and depth of one moment, still as messages: most of the work is done when fused.

    Attributes:
        camera: name.
        color: colour image.
        depth: depth image, aligned to the colour image.
        rectification: of both.
    """

    camera: str
    color: Image
    depth: Image
    rectification: Rectification

    @property
    def stamp_ns(self) -> int:
        """Time of capture of the depth."""
        return stamp_of(self.depth)

    @property
    def optical_frame(self) -> str:
        """Name of the frame in which the depth is."""
        return str(self.depth.header.frame_id)

    def view(self, base_T_camera: Transform) -> CameraView:
        """The images as arrays without distortion, seen from where the camera was.

        Raises:
            ClapError: INVALID_REQUEST when the messages cannot be used.
        """
        seen = CameraView(
            self.camera,
            to_array(self.depth),
            to_array(self.color, "rgb8"),
            self.rectification.intrinsics,
            base_T_camera,
            self.stamp_ns,
            self.optical_frame,
        )
        return self.rectification.apply(seen)


class CameraInput:
    """Subscribes to a camera and hands out pairs of colour and depth.

    Args:
        node: that subscribes.
        camera: its name.
        config: topics, tolerance and timeout.
        on_frame: called with each pair.
    """

    def __init__(
        self,
        node: Node,
        camera: str,
        config: CloudFusionConfig,
        on_frame: Callable[[RgbdMessages], None],
    ) -> None:
        self._node = node
        self._camera = camera
        self._on_frame = on_frame
        self._info: CameraInfo | None = None
        self._rectification: Rectification | None = None
        self._info_fault: ClapError | None = None
        self._max_age_ns = round(config.max_age_s * NS_PER_S)
        self._has_said = False
        self._pairs: StampSynchroniser[int, Image] = StampSynchroniser(
            (COLOR, DEPTH), round(config.sync_tolerance_s * NS_PER_S)
        )
        patterns = (config.color_topic, config.depth_topic, config.camera_info_topic)
        self._topics = [pattern.replace("{camera}", camera) for pattern in patterns]
        self.monitor = CameraMonitor(camera, self._topics, config.camera_timeout_s, self._now_ns())
        self._subscriptions: dict[str, Subscription] = {}
        self._listen(self._topics[COLOR], self._on_color)
        self._listen(self._topics[DEPTH], self._on_depth)
        self._subscriptions[self._topics[INFO]] = node.create_subscription(
            CameraInfo, self._topics[INFO], self._on_info, INFO_QOS
        )
        if config.rectified_color_topic:
            self._listen(config.rectified_color_topic.replace("{camera}", camera), self._on_color)

    def fault(self, now_ns: int) -> ClapError | None:
        """What keeps this camera from delivering frames, if anything."""
        return self._info_fault or self.monitor.fault(now_ns)

    def forget(self) -> None:
        """Drop the images that wait for a partner: the clock has jumped back."""
        self._pairs.clear()

    def destroy(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions.values():
            self._node.destroy_subscription(subscription)
        self._subscriptions = {}

    def _listen(
        self,
        topic: str,
        callback: Callable[[Image], None],
        reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE,
    ) -> None:
        """Subscribe to images: reliably, unless their publisher turns out to be best-effort.

        realsense-ros publishes them reliably, unless told otherwise (``depth_qos:=SENSOR_DATA``).
        A best-effort subscription would hear both, but loses images between computers.
        """

        def on_incompatible_qos(_: QoSRequestedIncompatibleQoSInfo) -> None:
            if reliability is ReliabilityPolicy.BEST_EFFORT or topic not in self._subscriptions:
                return
            self._node.destroy_subscription(self._subscriptions[topic])
            self._listen(topic, callback, ReliabilityPolicy.BEST_EFFORT)

        self._subscriptions[topic] = self._node.create_subscription(
            Image,
            topic,
            callback,
            QoSProfile(depth=IMAGE_QUEUE, reliability=reliability),
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=on_incompatible_qos),
        )

    def _on_color(self, message: Image) -> None:
        self._add(COLOR, message)

    def _on_depth(self, message: Image) -> None:
        self._add(DEPTH, message)

    def _on_info(self, message: CameraInfo) -> None:
        self.monitor.hear(self._topics[INFO], self._now_ns())
        if self._info is not None and _same_optics(self._info, message):
            return
        self._info, self._rectification, self._info_fault = message, None, None
        try:
            self._rectification = rectification_from_message(message)
        except ClapError as error:
            self._info_fault = error
        self._hand_out()

    def _add(self, channel: int, message: Image) -> None:
        now_ns, taken_ns = self._now_ns(), stamp_of(message)
        self.monitor.hear(self._topics[channel], now_ns)
        if abs(now_ns - taken_ns) > self._max_age_ns:
            self.monitor.note_off_clock(now_ns, taken_ns)
            self._say_once(self.monitor.off_clock_fault(now_ns))
            return
        self._pairs.add(channel, taken_ns, message)
        self._hand_out()

    def _say_once(self, fault: ClapError | None) -> None:
        if fault is not None and not self._has_said:
            self._has_said = True
            self._node.get_logger().warning(fault.message)

    def _hand_out(self) -> None:
        """Pass on what fits together; images that come before the intrinsics wait for them."""
        if self._rectification is None:
            return
        pair = self._pairs.take((COLOR, DEPTH))
        if pair is None:
            return
        frame = RgbdMessages(self._camera, pair[COLOR].item, pair[DEPTH].item, self._rectification)
        self.monitor.note_frame(self._now_ns(), frame.stamp_ns)
        self._on_frame(frame)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)


def stamp_of(message: Image) -> int:
    """A message's stamp, nanoseconds."""
    return stamp_ns(message.header.stamp)


def _same_optics(first: CameraInfo, second: CameraInfo) -> bool:
    return bool(
        (first.width, first.height) == (second.width, second.height)
        and np.array_equal(first.k, second.k)
        and np.array_equal(first.d, second.d)
        and first.distortion_model == second.distortion_model
    )
