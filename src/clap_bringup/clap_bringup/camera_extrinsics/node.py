"""The camera_extrinsics node: poses from a file, latched on /tf_static.

tf2_ros's static_transform_publisher takes one transform a process and is not among the wheels;
this node takes all cameras from one file.
"""

from __future__ import annotations

import math
from pathlib import Path

from geometry_msgs.msg import TransformStamped
from pydantic import BaseModel, Field
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from clap_bringup.camera_extrinsics.config import CameraPose, read_poses
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from tf2_msgs.msg import TFMessage


class CameraExtrinsicsConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the node."""

    file: str = Field("", description="File with the poses; config/cameras.yaml is an example.")
    arm_id: str = Field("fr3", description="What {arm_id} in the file's frames stands for.")


class CameraExtrinsics(Node):
    """Publishes one static transform for each camera, once, for all who come later too."""

    def __init__(self) -> None:
        super().__init__("camera_extrinsics")
        config = declare(self, CameraExtrinsicsConfig).read()
        poses = read_poses(Path(config.file), config.arm_id)
        latched = QoSProfile(
            depth=1,
            durability=DurabilityPolicy.TRANSIENT_LOCAL,
            reliability=ReliabilityPolicy.RELIABLE,
        )
        self._publisher = self.create_publisher(TFMessage, "tf_static", latched)
        stamp = self.get_clock().now().to_msg()
        message = TFMessage()
        for pose in poses.values():
            transform = to_message(pose)
            transform.header.stamp = stamp
            message.transforms.append(transform)
        self._publisher.publish(message)
        self.get_logger().info(f"published the poses of {', '.join(poses)} from {config.file}")


def to_message(pose: CameraPose) -> TransformStamped:
    """One camera's pose as a transform message, the quaternion made exactly unit length."""
    transform = TransformStamped()
    transform.header.frame_id = pose.parent_frame
    transform.child_frame_id = pose.child_frame
    position, rotation = transform.transform.translation, transform.transform.rotation
    position.x, position.y, position.z = pose.translation
    length = math.hypot(*pose.rotation)
    rotation.x, rotation.y, rotation.z, rotation.w = (part / length for part in pose.rotation)
    return transform


def main() -> None:
    """Run the node."""
    run_node(CameraExtrinsics)


if __name__ == "__main__":
    main()
