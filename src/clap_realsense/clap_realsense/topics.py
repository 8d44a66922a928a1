"""A camera's topics, with realsense-ros's names, types, QoS and frames."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSPresetProfiles, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from clap_core.camera import CameraView, back_project
from clap_core.camera.camera_info import rectification_from_message
from clap_core.camera.projection import depth_in_metres
from clap_core.camera.realsense import color_frame, depth_frame
from clap_core.camera.rectification import Rectification
from clap_core.point_cloud import PointCloud
from clap_ros import clouds
from clap_ros.images import to_message
from clap_ros.stamps import stamp_ns

# realsense-ros publishes images with the middleware's defaults and camera_info with ROS's.
IMAGE_QOS = QoSPresetProfiles.SYSTEM_DEFAULT.value
INFO_QOS = QoSProfile(depth=10)
TF_STATIC_QOS = QoSProfile(
    depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL, reliability=ReliabilityPolicy.RELIABLE
)

COLOR_TOPIC = "image_raw"
RECTIFIED_COLOR_TOPIC = "image_rect_raw"
"""Of a D405, whose colour comes from the depth module."""


class RgbdPicture(Protocol):
    """What a camera saw at one moment; what nobody asks for need not be computed.

    Attributes:
        color: [H, W, 3] uint8 RGB.
        depth_mm: [h, w] uint16 depth along the depth sensor's optical axis; 0 is no reading.
        aligned_depth_mm: [H, W] uint16 depth, pixel by pixel that of `color`.
    """

    @property
    def color(self) -> NDArray[np.uint8]: ...
    @property
    def depth_mm(self) -> NDArray[np.uint16]: ...
    @property
    def aligned_depth_mm(self) -> NDArray[np.uint16]: ...


class CameraTopics:
    """Publishers of one camera; what nobody subscribes to is not sent.

    Topics: ``camera/NAME/color/{image_raw,camera_info}``,
    ``camera/NAME/aligned_depth_to_color/{image_raw,camera_info}``,
    ``camera/NAME/depth/{image_rect_raw,camera_info}``, with `pointcloud` also
    ``camera/NAME/depth/color/points``.

    Args:
        node: whose publishers they are.
        name: of the camera.
        color_info, depth_info: of both sensors; their headers are not used.
        pointcloud: whether there are points.
        color_topic: last part of the colour images' topic.
    """

    def __init__(
        self,
        node: Node,
        name: str,
        color_info: CameraInfo,
        depth_info: CameraInfo,
        pointcloud: bool,
        color_topic: str = COLOR_TOPIC,
    ) -> None:
        self.set_optics(color_info, depth_info)
        self._color_frame, self._depth_frame = color_frame(name), depth_frame(name)
        root = f"camera/{name}"

        def images(topic: str) -> Publisher:
            return node.create_publisher(Image, f"{root}/{topic}", IMAGE_QOS)

        def infos(topic: str) -> Publisher:
            return node.create_publisher(CameraInfo, f"{root}/{topic}/camera_info", INFO_QOS)

        self._color = images(f"color/{color_topic}")
        self._aligned = images("aligned_depth_to_color/image_raw")
        self._depth = images("depth/image_rect_raw")
        self._points = (
            node.create_publisher(PointCloud2, f"{root}/depth/color/points", IMAGE_QOS)
            if pointcloud
            else None
        )
        self._color_infos = [infos("color"), infos("aligned_depth_to_color")]
        self._depth_info = infos("depth")

    def set_optics(self, color_info: CameraInfo, depth_info: CameraInfo) -> None:
        """What the camera's sensors are like from now on."""
        self._optics = (color_info, depth_info, rectification_from_message(color_info))

    @property
    def images_wanted(self) -> bool:
        """True if anyone subscribes to what takes a picture."""
        return any(map(_wanted, (self._color, self._aligned, self._depth, self._points)))

    def publish_info(self, stamp: Time) -> None:
        """Publish the infos alone."""
        color_info, depth_info, _ = self._optics
        color_info.header = Header(stamp=stamp, frame_id=self._color_frame)
        depth_info.header = Header(stamp=stamp, frame_id=self._depth_frame)
        for publisher in filter(_wanted, self._color_infos):
            publisher.publish(color_info)
        if _wanted(self._depth_info):
            self._depth_info.publish(depth_info)

    def publish(self, picture: RgbdPicture, stamp: Time) -> None:
        """Publish a picture and its infos, all with one stamp."""
        color = Header(stamp=stamp, frame_id=self._color_frame)
        depth = Header(stamp=stamp, frame_id=self._depth_frame)
        # Infos first: who pairs them with images has them when the large message arrives.
        self.publish_info(stamp)
        if _wanted(self._color):
            self._color.publish(to_message(picture.color, "rgb8", color))
        if _wanted(self._aligned):
            self._aligned.publish(to_message(picture.aligned_depth_mm, "16UC1", color))
        if _wanted(self._depth):
            self._depth.publish(to_message(picture.depth_mm, "16UC1", depth))
        if self._points is not None and _wanted(self._points):
            cloud = _cloud(picture, self._optics[2], self._color_frame, stamp_ns(stamp))
            self._points.publish(clouds.to_message(cloud))


def _wanted(publisher: Publisher | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0


def _cloud(
    picture: RgbdPicture, rectification: Rectification, frame: str, taken_ns: int
) -> PointCloud:
    """The points with a depth reading, in the colour camera's optical frame."""
    optics = rectification.intrinsics
    seen = CameraView("", picture.aligned_depth_mm, picture.color, optics, np.eye(4))
    seen = rectification.apply(seen)
    rows, columns = np.nonzero(seen.depth)
    pixels: NDArray[np.int64] = np.stack([columns, rows], axis=1)
    depth_m = depth_in_metres(seen.depth[rows, columns])
    xyz = back_project(pixels, depth_m, optics).astype(np.float32)
    return PointCloud(xyz, seen.rgb[rows, columns], frame, taken_ns)
