"""The cameras' ROS side, with realsense-ros's topics, types, QoS and frames."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSPresetProfiles, QoSProfile, ReliabilityPolicy
from rclpy.time import Time as RosTime
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from clap_core.camera import CameraIntrinsics
from clap_core.camera.projection import back_project, depth_in_metres
from clap_core.point_cloud import PointCloud
from clap_ros import clouds
from clap_ros.images import intrinsics_to_message, to_message
from clap_ros.parameters import declare
from clap_sim.realsense.camera import CameraRig, RgbdImage
from clap_sim.realsense.config import FaultConfig, RealSenseConfig
from clap_sim.realsense.frames import color_frame, depth_frame, static_transforms
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, SPECTATOR
from tf2_msgs.msg import TFMessage

# realsense-ros publishes images with the middleware's defaults and camera_info with ROS's.
IMAGE_QOS = QoSPresetProfiles.SYSTEM_DEFAULT.value
INFO_QOS = QoSProfile(depth=10)
TF_STATIC_QOS = QoSProfile(
    depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL, reliability=ReliabilityPolicy.RELIABLE
)


class RealSensePublisher:
    """Publishes all cameras of a world.

    What nobody subscribes to is neither rendered nor sent; all pictures of one call carry the stamp
    given. Call it in one thread only, the one that steps the physics (or hold ``world.lock``).

    Topics, for each camera NAME: ``/camera/NAME/color/{image_raw,camera_info}``,
    ``/camera/NAME/aligned_depth_to_color/{image_raw,camera_info}``,
    ``/camera/NAME/depth/{image_rect_raw,camera_info}``, with ``pointcloud`` also
    ``/camera/NAME/depth/color/points``; ``/simulation/spectator/image_raw``; ``/tf_static``.
    The node's parameters ``faults.*`` inject faults.

    Args:
        node: whose publishers they are.
        world: what is seen.
        config: the cameras' settings.
        hand_frame: that carries the wrist camera.
    """

    def __init__(self, node: Node, world: World, config: RealSenseConfig, hand_frame: str) -> None:
        self._world = world
        self._config = config
        self._rig = CameraRig(world.model, config.depth)
        self._cameras = {
            mount.name: _CameraTopics(
                node, mount.name, self._rig.intrinsics[mount.name], config.pointcloud
            )
            for mount in RGBD_CAMERAS
        }
        self._spectator = node.create_publisher(
            Image, f"/simulation/{SPECTATOR.name}/image_raw", IMAGE_QOS
        )
        self._tf_static = node.create_publisher(TFMessage, "/tf_static", TF_STATIC_QOS)
        transforms = static_transforms(
            RGBD_CAMERAS, config.base_frame, hand_frame, node.get_clock().now().to_msg()
        )
        self._tf_static.publish(TFMessage(transforms=transforms))
        self._fault_parameters = declare(node, FaultConfig, prefix="faults.")
        self._faults = self._fault_parameters.read()
        node.add_post_set_parameters_callback(self._read_faults)

    def publish(self, stamp: Time) -> None:
        """Take and publish a picture with each camera.

        Args:
            stamp: simulated time of the world's state.
        """
        for name, topics in self._cameras.items():
            self._publish_camera(name, topics, stamp)
        self._publish_spectator(stamp)

    def close(self) -> None:
        """Free the renderer; call it in the publishing thread."""
        self._rig.close()

    def _publish_camera(self, name: str, topics: _CameraTopics, stamp: Time) -> None:
        if name in self._faults.stopped_cameras:
            return
        if not topics.images_wanted:
            topics.publish_info(stamp)
            return
        with self._world.lock:
            image = self._rig.capture(self._world.data, name)
        if name in self._faults.zero_depth_cameras:
            image.depth_mm[:] = 0
        topics.publish(image, stamp)

    def _publish_spectator(self, stamp: Time) -> None:
        if self._spectator.get_subscription_count() == 0:
            return
        with self._world.lock:
            picture = self._rig.spectate(self._world.data, shadows=self._config.spectator_shadows)
        header = Header(stamp=stamp, frame_id=f"{SPECTATOR.name}_optical_frame")
        self._spectator.publish(to_message(picture, "rgb8", header))

    def _read_faults(self, _changed: list[Parameter]) -> None:
        self._faults = self._fault_parameters.read()


class _CameraTopics:
    """Publishers of one camera."""

    def __init__(self, node: Node, name: str, optics: CameraIntrinsics, pointcloud: bool) -> None:
        self._optics = optics
        self._color_frame, self._depth_frame = color_frame(name), depth_frame(name)
        root = f"/camera/{name}"

        def images(topic: str) -> Publisher:
            return node.create_publisher(Image, f"{root}/{topic}", IMAGE_QOS)

        def infos(topic: str) -> Publisher:
            return node.create_publisher(CameraInfo, f"{root}/{topic}/camera_info", INFO_QOS)

        self._color = images("color/image_raw")
        self._aligned = images("aligned_depth_to_color/image_raw")
        self._depth = images("depth/image_rect_raw")
        self._points = (
            node.create_publisher(PointCloud2, f"{root}/depth/color/points", IMAGE_QOS)
            if pointcloud
            else None
        )
        self._color_infos = [infos("color"), infos("aligned_depth_to_color")]
        self._depth_info = infos("depth")

    @property
    def images_wanted(self) -> bool:
        """True if anyone subscribes to what takes a picture."""
        return any(map(_wanted, (self._color, self._aligned, self._depth, self._points)))

    def publish_info(self, stamp: Time) -> None:
        color = Header(stamp=stamp, frame_id=self._color_frame)
        depth = Header(stamp=stamp, frame_id=self._depth_frame)
        for publisher in filter(_wanted, self._color_infos):
            publisher.publish(intrinsics_to_message(self._optics, color))
        if _wanted(self._depth_info):
            self._depth_info.publish(intrinsics_to_message(self._optics, depth))

    def publish(self, image: RgbdImage, stamp: Time) -> None:
        color = Header(stamp=stamp, frame_id=self._color_frame)
        depth = Header(stamp=stamp, frame_id=self._depth_frame)
        # Infos first: who pairs them with images has them when the large message arrives.
        self.publish_info(stamp)
        if _wanted(self._color):
            self._color.publish(to_message(image.color, "rgb8", color))
        if _wanted(self._aligned):
            self._aligned.publish(to_message(image.depth_mm, "16UC1", color))
        if _wanted(self._depth):
            self._depth.publish(to_message(image.depth_mm, "16UC1", depth))
        if self._points is not None and _wanted(self._points):
            cloud = _cloud(image, self._optics, self._color_frame, stamp)
            self._points.publish(clouds.to_message(cloud))


def _wanted(publisher: Publisher | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0


def _cloud(image: RgbdImage, optics: CameraIntrinsics, frame: str, stamp: Time) -> PointCloud:
    """The points with a depth reading, in the colour camera's optical frame."""
    rows, columns = np.nonzero(image.depth_mm)
    pixels: NDArray[np.int64] = np.stack([columns, rows], axis=1)
    depth_m = depth_in_metres(image.depth_mm[rows, columns])
    xyz = back_project(pixels, depth_m, optics).astype(np.float32)
    stamp_ns = RosTime.from_msg(stamp).nanoseconds
    return PointCloud(xyz, image.color[rows, columns], frame, stamp_ns)
