"""From a camera's sessions and pictures to its topics and frames."""

from __future__ import annotations

from queue import Empty, SimpleQueue

from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo

from clap_core.geometry.transforms import Transform
from clap_realsense.driver.session import CameraSession, CapturedPicture
from clap_realsense.frames import camera_transforms
from clap_realsense.topics import (
    COLOR_TOPIC,
    RECTIFIED_COLOR_TOPIC,
    TF_STATIC_QOS,
    CameraTopics,
)
from tf2_msgs.msg import TFMessage


class CameraPublisher:
    """Publishes what cameras see, whichever threads they run in.

    Topics are made once a camera is there, since what it is decides what they are called; that
    happens on the executor's thread, to which publishers belong.

    Args:
        node: whose publishers they are.
        pointcloud: whether there are points.
    """

    def __init__(self, node: Node, pointcloud: bool) -> None:
        self._node = node
        self._pointcloud = pointcloud
        self._topics: dict[str, CameraTopics] = {}
        self._places: dict[str, Transform] = {}
        self._opened: SimpleQueue[tuple[str, CameraInfo, CameraInfo, str, Transform]] = (
            SimpleQueue()
        )
        self._tf_static = node.create_publisher(TFMessage, "tf_static", TF_STATIC_QOS)
        self._news = node.create_guard_condition(self._make_topics)

    def open(self, name: str, session: CameraSession) -> None:
        """A camera is there; may be called in any thread."""
        color_topic = RECTIFIED_COLOR_TOPIC if session.color_is_rectified else COLOR_TOPIC
        infos = CameraInfo(**session.color_info), CameraInfo(**session.depth_info)
        self._opened.put((name, *infos, color_topic, session.link_T_color))
        self._news.trigger()

    def publish(self, name: str, picture: CapturedPicture) -> None:
        """Publish a picture; may be called in any thread, but for one camera only in one."""
        topics = self._topics.get(name)
        if topics is None:
            return
        stamp = Time(nanoseconds=picture.stamp_ns).to_msg()
        if topics.images_wanted:
            topics.publish(picture, stamp)
        else:
            topics.publish_info(stamp)

    def _make_topics(self) -> None:
        while True:
            try:
                name, color, depth, color_topic, link_T_color = self._opened.get_nowait()
            except Empty:
                break
            if name in self._topics:
                self._topics[name].set_optics(color, depth)
            else:
                self._topics[name] = CameraTopics(
                    self._node, name, color, depth, self._pointcloud, color_topic
                )
            self._places[name] = link_T_color
        # Who comes late hears the last message only: it has the frames of all cameras.
        stamp = self._node.get_clock().now().to_msg()
        transforms = [
            transform
            for name, link_T_color in self._places.items()
            for transform in camera_transforms(name, link_T_color, stamp)
        ]
        self._tf_static.publish(TFMessage(transforms=transforms))
