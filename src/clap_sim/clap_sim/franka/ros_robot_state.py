"""The topics of franka_robot_state_broadcaster."""

from __future__ import annotations

import math
from typing import Any

import mujoco
import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSPresetProfiles, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from clap_sim.franka.model import NUM_JOINTS
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.franka.ros_geometry import set_pose, set_twist, set_wrench, set_xyz
from clap_sim.franka.ros_joint_states import doubles
from clap_sim.franka.ros_time import NS, Periodic, to_time
from franka_msgs.msg import Errors, FrankaRobotState

FloatArray = NDArray[np.float64]

_FLANGE_T_HAND_YAW_RAD = -math.pi / 4.0


class RobotStatePublisher:
    """Publishes ``robot_state`` and, best effort, the topics beside it.

    Upstream's rate is 1 kHz; here it is a parameter. Nothing is filled in or sent without a
    subscriber. ``robot_mode`` is MOVE while a motion is commanded and IDLE otherwise.

    Args:
        node: the node.
        robot: the simulated robot.
        data: the simulation's state.
        rate_hz: in simulated time.
    """

    def __init__(
        self, node: Node, robot: SimulatedFranka, data: mujoco.MjData, rate_hz: float
    ) -> None:
        self._robot = robot
        self._data = data
        self._commanded = mujoco.MjData(robot.franka.model)
        self._due = Periodic(rate_hz)
        self._message = _prepared(robot)
        message = self._message
        name = "franka_robot_state_broadcaster"
        best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._state = node.create_publisher(
            FrankaRobotState, f"{name}/robot_state", QoSPresetProfiles.SYSTEM_DEFAULT.value
        )
        self._parts = [
            (node.create_publisher(message_type, f"{name}/{topic}", best_effort), part)
            for message_type, topic, part in (
                (PoseStamped, "current_pose", message.o_t_ee),
                (PoseStamped, "last_desired_pose", message.o_t_ee_d),
                (TwistStamped, "desired_end_effector_twist", message.o_dp_ee_d),
                (JointState, "measured_joint_states", message.measured_joint_state),
                (JointState, "desired_joint_states", message.desired_joint_state),
                (JointState, "external_joint_torques", message.tau_ext_hat_filtered),
                (WrenchStamped, "external_wrench_in_base_frame", message.o_f_ext_hat_k),
                (WrenchStamped, "external_wrench_in_stiffness_frame", message.k_f_ext_hat_k),
            )
        ]

    def update(self, now_ns: int) -> None:
        """Publish where it is due and somebody listens; call after each batch of steps."""
        if not self._due.due(now_ns):
            return
        state = self._state.get_subscription_count() > 0
        parts = [(p, part) for p, part in self._parts if p.get_subscription_count() > 0]
        if not (state or parts):
            return
        self._fill(now_ns)
        if state:
            self._state.publish(self._message)
        for publisher, part in parts:
            publisher.publish(part)

    def _fill(self, now_ns: int) -> None:
        robot, message, setpoint = self._robot, self._message, self._robot.follower.setpoint
        stamp = to_time(now_ns)
        message.header.stamp = stamp
        for part in _stamped_parts(message):
            part.header.stamp = stamp
        position, velocity = robot.arm.position, robot.arm.velocity
        _set_joints(message.measured_joint_state, position, velocity, robot.arm.torque)
        _set_joints(message.measured_joint_motor_state, position, velocity, np.zeros(NUM_JOINTS))
        _set_joints(
            message.desired_joint_state, setpoint.position, setpoint.velocity, robot.arm.torque
        )
        zeros = np.zeros(NUM_JOINTS)
        _set_joints(message.tau_ext_hat_filtered, zeros, zeros, robot.forces.torque)
        message.ddq_d = setpoint.acceleration.copy()
        message.elbow.position[:] = position[2], _elbow_sign(position)
        message.elbow.desired_position[:] = (
            setpoint.position[2],
            _elbow_sign(setpoint.position),
        )
        base_T_ee = robot.ee_pose
        set_pose(message.o_t_ee.pose, base_T_ee)
        self._fill_wrench(base_T_ee)
        self._fill_desired()
        self._fill_frames()
        self._fill_safety()
        message.time = now_ns / NS
        message.control_command_success_rate = 1.0

    def _fill_wrench(self, base_T_ee: FloatArray) -> None:
        wrench = self._robot.forces.base_wrench
        set_wrench(self._message.o_f_ext_hat_k.wrench, wrench)
        base_R_k = (base_T_ee @ self._robot.ee_T_k)[:3, :3]
        in_k = np.concatenate((base_R_k.T @ wrench[:3], base_R_k.T @ wrench[3:]))
        set_wrench(self._message.k_f_ext_hat_k.wrench, in_k)

    def _fill_desired(self) -> None:
        """Pose, twist and acceleration of the end effector at the commanded joints."""
        robot, franka, message = self._robot, self._robot.franka, self._message
        setpoint, desired = robot.follower.setpoint, self._commanded
        desired.qpos[:] = self._data.qpos
        desired.qpos[franka.qpos] = setpoint.position
        mujoco.mj_kinematics(franka.model, desired)
        mujoco.mj_comPos(franka.model, desired)
        base_T_ee = franka.hand_pose(desired) @ robot.hand_T_ee
        jacobian = np.zeros((6, franka.model.nv))
        world_point = desired.xpos[franka.hand] + (
            desired.xmat[franka.hand].reshape(3, 3) @ robot.hand_T_ee[:3, 3]
        )
        mujoco.mj_jac(franka.model, desired, jacobian[:3], jacobian[3:], world_point, franka.hand)
        arm = jacobian[:, franka.dofs]
        twist = arm @ setpoint.velocity
        for pose_message in (message.o_t_ee_d.pose, message.o_t_ee_c.pose):
            set_pose(pose_message, base_T_ee)
        set_twist(message.o_dp_ee_d.twist, twist)
        set_twist(message.o_dp_ee_c.twist, twist)
        # The Jacobian's own rate of change is left out; it matters at high speed only.
        set_twist(message.o_ddp_ee_c.accel, arm @ setpoint.acceleration)

    def _fill_frames(self) -> None:
        set_pose(self._message.f_t_ee.pose, _hand_in_flange() @ self._robot.hand_T_ee)
        set_pose(self._message.ee_t_k.pose, self._robot.ee_T_k)

    def _fill_safety(self) -> None:
        safety, message = self._robot.safety, self._message
        message.robot_mode = int(self._robot.mode)
        message.current_errors = Errors(**dict.fromkeys(safety.errors, True))
        message.last_motion_errors = Errors(**dict.fromkeys(safety.last_errors, True))
        indicators = message.collision_indicators
        for exceeded, linear, angular, joints in (
            (
                safety.collision,
                indicators.is_cartesian_linear_collision,
                indicators.is_cartesian_angular_collision,
                indicators.is_joint_collision,
            ),
            (
                safety.contact,
                indicators.is_cartesian_linear_contact,
                indicators.is_cartesian_angular_contact,
                indicators.is_joint_contact,
            ),
        ):
            _set_indicators(exceeded, linear, angular, joints)


def _prepared(robot: SimulatedFranka) -> FrankaRobotState:
    """A message with all that never changes."""
    arm_id = robot.config.arm_id
    base, flange, ee = "base", f"{arm_id}_link8", f"{arm_id}_hand_tcp"
    message = FrankaRobotState()
    names = list(robot.franka.joint_names)
    for part in (
        message.measured_joint_state,
        message.desired_joint_state,
        message.measured_joint_motor_state,
        message.tau_ext_hat_filtered,
    ):
        part.name = names
        part.header.frame_id = base
    for part in (
        message.o_f_ext_hat_k,
        message.o_t_ee,
        message.o_t_ee_d,
        message.o_t_ee_c,
        message.o_dp_ee_d,
        message.o_dp_ee_c,
        message.o_ddp_ee_c,
    ):
        part.header.frame_id = base
    for part in (message.k_f_ext_hat_k, message.ee_t_k, message.inertia_ee, message.inertia_total):
        part.header.frame_id = ee
    for part in (message.f_t_ee, message.inertia_load):
        part.header.frame_id = flange
    model, hand = robot.franka.model, robot.franka.hand
    for inertia in (message.inertia_ee.inertia, message.inertia_total.inertia):
        inertia.m = float(model.body_subtreemass[hand])
        set_xyz(inertia.com, _hand_in_flange()[:3, :3] @ model.body_ipos[hand])
    return message


def _hand_in_flange() -> FloatArray:
    c, s = math.cos(_FLANGE_T_HAND_YAW_RAD), math.sin(_FLANGE_T_HAND_YAW_RAD)
    flange_T_hand = np.eye(4)
    flange_T_hand[:2, :2] = (c, -s), (s, c)
    return flange_T_hand


def _stamped_parts(message: FrankaRobotState) -> tuple[Any, ...]:
    return (
        message.measured_joint_state,
        message.desired_joint_state,
        message.measured_joint_motor_state,
        message.tau_ext_hat_filtered,
        message.k_f_ext_hat_k,
        message.o_f_ext_hat_k,
        message.inertia_ee,
        message.inertia_load,
        message.inertia_total,
        message.o_t_ee,
        message.o_t_ee_d,
        message.o_t_ee_c,
        message.f_t_ee,
        message.ee_t_k,
        message.o_dp_ee_d,
        message.o_dp_ee_c,
        message.o_ddp_ee_c,
    )


def _set_joints(
    message: JointState, position: FloatArray, velocity: FloatArray, effort: FloatArray
) -> None:
    message.position = doubles(position)
    message.velocity = doubles(velocity)
    message.effort = doubles(effort)


def _set_indicators(
    exceeded: NDArray[np.bool_], linear: Any, angular: Any, joints: FloatArray
) -> None:
    values = exceeded.astype(np.float64)
    joints[:] = values[:NUM_JOINTS]
    set_xyz(linear, values[NUM_JOINTS : NUM_JOINTS + 3])
    set_xyz(angular, values[NUM_JOINTS + 3 :])


def _elbow_sign(position: FloatArray) -> float:
    """Sign of joint 4, by which libfranka tells the elbow's two configurations apart."""
    return 1.0 if position[3] > 0.0 else -1.0
