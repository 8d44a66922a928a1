"""The camera_extrinsics node: poses from its parameters, latched on /tf_static.

tf2_ros's static_transform_publisher takes one transform a process and is not among the wheels;
this node takes all cameras from one parameter file.
"""

from __future__ import annotations

import math

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from clap_bringup.camera_extrinsics.config import CamerasConfig, ExtrinsicsConfig
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from tf2_msgs.msg import TFMessage


class CameraExtrinsics(Node):
    """Publishes one static transform for each camera, once, for all who come later too."""

    def __init__(self) -> None:
        super().__init__("camera_extrinsics")
        cameras = declare(self, CamerasConfig).read().cameras
        poses = {name: declare(self, ExtrinsicsConfig, f"{name}.").read() for name in cameras}
        latched = QoSProfile(
            depth=1,
            durability=DurabilityPolicy.TRANSIENT_LOCAL,
            reliability=ReliabilityPolicy.RELIABLE,
        )
        self._publisher = self.create_publisher(TFMessage, "/tf_static", latched)
        stamp = self.get_clock().now().to_msg()
        message = TFMessage()
        for name, pose in poses.items():
            transform = to_message(name, pose)
            transform.header.stamp = stamp
            message.transforms.append(transform)
        self._publisher.publish(message)
        self.get_logger().info(f"published the poses of {', '.join(cameras)}")


def to_message(name: str, pose: ExtrinsicsConfig) -> TransformStamped:
    """One camera's pose as a transform message, the quaternion made exactly unit length."""
    transform = TransformStamped()
    transform.header.frame_id = pose.parent_frame
    transform.child_frame_id = pose.child_frame or f"{name}_link"
    position, rotation = transform.transform.translation, transform.transform.rotation
    position.x, position.y, position.z = pose.translation
    length = math.sqrt(sum(part * part for part in pose.rotation))
    rotation.x, rotation.y, rotation.z, rotation.w = (part / length for part in pose.rotation)
    return transform


def main() -> None:
    """Run the node."""
    run_node(CameraExtrinsics)


if __name__ == "__main__":
    main()
