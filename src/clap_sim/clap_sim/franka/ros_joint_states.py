"""Joint states, frames and the robot's description."""

from __future__ import annotations

from array import array
from itertools import pairwise

import mujoco
import numpy as np
from geometry_msgs.msg import TransformStamped
from pydantic import BaseModel, Field
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSPresetProfiles, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from clap_sim.franka.description import fixed_frames, robot_description
from clap_sim.franka.model import relative_pose
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.franka.ros_geometry import set_transform
from clap_sim.franka.ros_time import Periodic, to_time
from tf2_msgs.msg import TFMessage


class JointStateRates(BaseModel, frozen=True, extra="forbid"):
    """Rates in simulated time of what tells where the joints are."""

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


class JointStatePublisher:
    """Publishes joint states and frames as franka_ros2's launch files do together.

    The moving joints' frames are on ``tf``, the fixed ones on ``tf_static``, the URDF on
    ``robot_description``, the latter two kept for late subscribers.

    Args:
        node: the node.
        robot: the simulated robot.
        data: the simulation's state.
        rates: how often.
    """

    def __init__(
        self, node: Node, robot: SimulatedFranka, data: mujoco.MjData, rates: JointStateRates
    ) -> None:
        self._robot = robot
        self._data = data
        arm_id, gripper = robot.config.arm_id, robot.config.gripper_name
        self._arm = node.create_publisher(
            JointState, "franka/joint_states", QoSPresetProfiles.SYSTEM_DEFAULT.value
        )
        self._gripper = node.create_publisher(JointState, f"{gripper}/joint_states", 1)
        self._all = node.create_publisher(JointState, "joint_states", 10)
        self._frames = node.create_publisher(TFMessage, "tf", 100)
        self._arm_due = Periodic(rates.arm_joint_states)
        self._gripper_due = Periodic(rates.gripper_joint_states)
        self._all_due = Periodic(rates.joint_states)
        self._frames_due = Periodic(rates.frames)
        franka = robot.franka
        self._links = (franka.base, *franka.links)
        link_names = [f"{arm_id}_link{i}" for i in range(len(self._links))]
        pairs = [
            *pairwise(self._links),
            (franka.hand, franka.fingers[0]),
            (franka.hand, franka.fingers[1]),
        ]
        names = [
            *pairwise(link_names),
            (f"{arm_id}_hand", f"{arm_id}_leftfinger"),
            (f"{arm_id}_hand", f"{arm_id}_rightfinger"),
        ]
        self._pairs = pairs
        self._tf = TFMessage(transforms=[_stamped(parent, child) for parent, child in names])
        self._publish_description(node, arm_id)

    def update(self, now_ns: int) -> None:
        """Publish what is due; call after each batch of physics steps."""
        robot, gripper = self._robot, self._robot.gripper
        if self._frames_due.due(now_ns):
            self.publish_frames(now_ns)
        arm = (robot.arm.position, robot.arm.velocity, robot.arm.torque)
        # The real hand reports neither speed nor effort.
        fingers = (np.full(2, 0.5 * gripper.width_m), np.zeros(2), np.zeros(2))
        arm_names, finger_names = robot.franka.joint_names, robot.franka.finger_joint_names
        if self._arm_due.due(now_ns) and self._arm.get_subscription_count():
            self._arm.publish(joint_state(now_ns, arm_names, *arm))
        if self._gripper_due.due(now_ns):
            self._gripper.publish(joint_state(now_ns, finger_names, *fingers))
        if self._all_due.due(now_ns):
            both = [np.concatenate(pair) for pair in zip(arm, fingers, strict=True)]
            self._all.publish(joint_state(now_ns, (*arm_names, *finger_names), *both))

    def publish_frames(self, now_ns: int) -> None:
        """Publish the moving frames now."""
        stamp = to_time(now_ns)
        for (parent, child), frame in zip(self._pairs, self._tf.transforms, strict=True):
            frame.header.stamp = stamp
            set_transform(frame.transform, relative_pose(self._data, parent, child))
        self._frames.publish(self._tf)

    def _publish_description(self, node: Node, arm_id: str) -> None:
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        description = robot_description(arm_id)
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
