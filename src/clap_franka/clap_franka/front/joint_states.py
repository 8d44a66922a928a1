"""Joint states, frames and the robot's description."""

from __future__ import annotations

from array import array

import numpy as np
from geometry_msgs.msg import TransformStamped
from pydantic import BaseModel, Field
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSPresetProfiles, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from clap_core.robot.names import franka_names
from clap_franka.front.geometry import set_transform
from clap_franka.front.times import Periodic, to_time
from clap_franka.robot import ArmDriver, HandDriver
from clap_franka.urdf import fixed_frames
from tf2_msgs.msg import TFMessage


class JointStateRates(BaseModel, frozen=True, extra="forbid"):
    """Rates of what tells where the joints are."""

    joint_states: float = Field(
        30.0, description="Rate of /joint_states (arm and hand) in Hz.", gt=0.0, le=200.0
    )
    arm_joint_states: float = Field(
        50.0,
        description="Rate of /franka/joint_states in Hz; 1000 on the robot.",
        gt=0.0,
        le=200.0,
    )
    gripper_joint_states: float = Field(
        15.0, description="Rate of the gripper's joint_states in Hz.", gt=0.0, le=200.0
    )
    frames: float = Field(50.0, description="Rate of /tf in Hz.", gt=0.0, le=200.0)


class GripperStatePublisher:
    """Publishes the fingers as franka_gripper's node does.

    Args:
        node: the node.
        arm_id: prefix of the joints' names.
        hand: the hand.
        gripper_name: of franka_gripper's node.
        rate_hz: how often.
    """

    def __init__(
        self, node: Node, arm_id: str, hand: HandDriver, gripper_name: str, rate_hz: float
    ) -> None:
        self._hand = hand
        self._names = franka_names(arm_id).finger_joints
        self._publisher = node.create_publisher(JointState, f"{gripper_name}/joint_states", 1)
        self._due = Periodic(rate_hz)

    def update(self, now_ns: int) -> None:
        """Publish if it is due; call often."""
        if self._due.due(now_ns):
            self._publisher.publish(joint_state(now_ns, self._names, *finger_values(self._hand)))


def finger_values(hand: HandDriver) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[2] position in m, speed and effort of the fingers; the real hand tells the first alone."""
    return np.full(2, 0.5 * hand.width_m), np.zeros(2), np.zeros(2)


class JointStatePublisher:
    """Publishes joint states and frames as franka_ros2's launch files do together.

    The moving joints' frames are on ``tf``, the fixed ones on ``tf_static``, the URDF on
    ``robot_description``, the latter two kept for late subscribers.

    Args:
        node: the node.
        arm: the arm.
        hand: the hand.
        gripper_name: of franka_gripper's node.
        description: the robot's URDF.
        rates: how often.
    """

    def __init__(
        self,
        node: Node,
        arm: ArmDriver,
        hand: HandDriver,
        gripper_name: str,
        description: str,
        rates: JointStateRates,
    ) -> None:
        self._driver = arm
        self._hand = hand
        self._names = franka_names(arm.arm_id)
        self._arm = node.create_publisher(
            JointState, "franka/joint_states", QoSPresetProfiles.SYSTEM_DEFAULT.value
        )
        self._gripper = GripperStatePublisher(
            node, arm.arm_id, hand, gripper_name, rates.gripper_joint_states
        )
        self._all = node.create_publisher(JointState, "joint_states", 10)
        self._frames = node.create_publisher(TFMessage, "tf", 100)
        self._arm_due = Periodic(rates.arm_joint_states)
        self._all_due = Periodic(rates.joint_states)
        self._frames_due = Periodic(rates.frames)
        links = arm.link_poses()
        self._tf = TFMessage(transforms=[_stamped(link.parent, link.child) for link in links])
        self._publish_description(node, description)

    def update(self, now_ns: int) -> None:
        """Publish what is due; call often."""
        driver = self._driver
        if self._frames_due.due(now_ns):
            self.publish_frames(now_ns)
        arm = (driver.position, driver.velocity, driver.torque)
        fingers = finger_values(self._hand)
        arm_names, finger_names = self._names.arm_joints, self._names.finger_joints
        if self._arm_due.due(now_ns) and self._arm.get_subscription_count():
            self._arm.publish(joint_state(now_ns, arm_names, *arm))
        self._gripper.update(now_ns)
        if self._all_due.due(now_ns):
            both = [np.concatenate(pair) for pair in zip(arm, fingers, strict=True)]
            self._all.publish(joint_state(now_ns, (*arm_names, *finger_names), *both))

    def publish_frames(self, now_ns: int) -> None:
        """Publish the moving frames now."""
        stamp = to_time(now_ns)
        for link, frame in zip(self._driver.link_poses(), self._tf.transforms, strict=True):
            frame.header.stamp = stamp
            set_transform(frame.transform, link.parent_T_child)
        self._frames.publish(self._tf)

    def _publish_description(self, node: Node, description: str) -> None:
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._description = node.create_publisher(String, "robot_description", latched)
        self._description.publish(String(data=description))
        self._static = node.create_publisher(TFMessage, "tf_static", latched)
        frames = []
        for fixed in fixed_frames(description):
            frame = _stamped(fixed.parent, fixed.child)
            set_transform(frame.transform, fixed.pose)
            frames.append(frame)
        self._static.publish(TFMessage(transforms=frames))


def joint_state(
    now_ns: int,
    names: tuple[str, ...],
    position: np.ndarray,
    velocity: np.ndarray,
    effort: np.ndarray,
) -> JointState:
    """A joint state message."""
    message = JointState(name=list(names))
    message.header.stamp = to_time(now_ns)
    message.position = doubles(position)
    message.velocity = doubles(velocity)
    message.effort = doubles(effort)
    return message


def doubles(values: np.ndarray) -> array[float]:
    """Numbers as the array type that messages take without a check of each element."""
    result = array("d")
    result.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
    return result


def _stamped(parent: str, child: str) -> TransformStamped:
    frame = TransformStamped(child_frame_id=child)
    frame.header.frame_id = parent
    return frame
