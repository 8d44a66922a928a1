"""The cameras' ROS side, with realsense-ros's topics, types, QoS and frames."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from clap_realsense.topics import IMAGE_QOS, TF_STATIC_QOS, CameraTopics
from clap_ros.images import intrinsics_to_message, to_message
from clap_ros.parameters import declare
from clap_sim.realsense.camera import CameraRig
from clap_sim.realsense.config import FaultConfig, RealSenseConfig
from clap_sim.realsense.frames import static_transforms
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, SPECTATOR
from tf2_msgs.msg import TFMessage


class RealSensePublisher:
    """Publishes all cameras of a world.

    What nobody subscribes to is neither rendered nor sent; all pictures of one call carry the stamp
    given. Call it in one thread only, the one that steps the physics (or hold ``world.lock``).

    Topics: those of `CameraTopics` for each camera; ``simulation/spectator/image_raw``;
    ``tf_static``.
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
            mount.name: CameraTopics(
                node,
                mount.name,
                # One for each sensor: each is sent with its own frame.
                intrinsics_to_message(self._rig.intrinsics[mount.name]),
                intrinsics_to_message(self._rig.intrinsics[mount.name]),
                config.pointcloud,
            )
            for mount in RGBD_CAMERAS
        }
        self._spectator = node.create_publisher(
            Image, f"simulation/{SPECTATOR.name}/image_raw", IMAGE_QOS
        )
        self._tf_static = node.create_publisher(TFMessage, "tf_static", TF_STATIC_QOS)
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

    def _publish_camera(self, name: str, topics: CameraTopics, stamp: Time) -> None:
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
