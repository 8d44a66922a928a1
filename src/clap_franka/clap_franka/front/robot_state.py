"""The topics of franka_robot_state_broadcaster."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSPresetProfiles, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from clap_core.robot.names import franka_names
from clap_core.robot.specification import JOINTS
from clap_franka.front.geometry import set_pose, set_twist, set_wrench, set_xyz
from clap_franka.front.joint_states import doubles
from clap_franka.front.times import Periodic, to_time
from clap_franka.robot import ArmDriver, Inertia, RobotState
from franka_msgs.msg import Errors, FrankaRobotState

FloatArray = NDArray[np.float64]


class RobotStatePublisher:
    """Publishes ``robot_state`` and, best effort, the topics beside it.

    Upstream's rate is 1 kHz; here it is a parameter. Nothing is filled in or sent without a
    subscriber.

    Args:
        node: the node.
        arm: the arm.
        rate_hz: how often.
    """

    def __init__(self, node: Node, arm: ArmDriver, rate_hz: float) -> None:
        self._arm = arm
        self._due = Periodic(rate_hz)
        self._message = _prepared(arm.arm_id)
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
        """Publish where it is due and somebody listens; call often."""
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
        state, message = self._arm.state(), self._message
        stamp = to_time(now_ns)
        message.header.stamp = stamp
        for part in _stamped_parts(message):
            part.header.stamp = stamp
        self._fill_joints(state)
        set_pose(message.o_t_ee.pose, state.base_T_ee)
        for pose_message in (message.o_t_ee_d.pose, message.o_t_ee_c.pose):
            set_pose(pose_message, state.base_T_ee_desired)
        for twist_message in (message.o_dp_ee_d.twist, message.o_dp_ee_c.twist):
            set_twist(twist_message, state.desired_twist)
        set_twist(message.o_ddp_ee_c.accel, state.desired_acceleration)
        set_wrench(message.o_f_ext_hat_k.wrench, state.base_wrench)
        set_wrench(message.k_f_ext_hat_k.wrench, state.k_wrench)
        set_pose(message.f_t_ee.pose, state.flange_T_ee)
        set_pose(message.ee_t_k.pose, state.ee_T_k)
        _set_inertia(message.inertia_ee.inertia, state.ee)
        _set_inertia(message.inertia_load.inertia, state.load)
        _set_inertia(message.inertia_total.inertia, _sum(state.ee, state.load))
        self._fill_safety(state)
        message.time = state.time_s
        message.control_command_success_rate = state.success_rate

    def _fill_joints(self, state: RobotState) -> None:
        message, setpoint, zeros = self._message, state.setpoint, np.zeros(JOINTS)
        _set_joints(message.measured_joint_state, state.position, state.velocity, state.torque)
        _set_joints(
            message.measured_joint_motor_state, state.motor_position, state.motor_velocity, zeros
        )
        _set_joints(message.desired_joint_state, setpoint.position, setpoint.velocity, state.torque)
        _set_joints(message.tau_ext_hat_filtered, zeros, zeros, state.external_torque)
        message.ddq_d = setpoint.acceleration.copy()
        for elbow, joints in (
            (message.elbow.position, state.position),
            (message.elbow.desired_position, setpoint.position),
        ):
            elbow[:] = joints[2], _elbow_sign(joints)

    def _fill_safety(self, state: RobotState) -> None:
        message = self._message
        message.robot_mode = int(state.mode)
        message.current_errors = Errors(**dict.fromkeys(state.errors, True))
        message.last_motion_errors = Errors(**dict.fromkeys(state.last_errors, True))
        indicators = message.collision_indicators
        for exceeded, linear, angular, joints in (
            (
                state.collision,
                indicators.is_cartesian_linear_collision,
                indicators.is_cartesian_angular_collision,
                indicators.is_joint_collision,
            ),
            (
                state.contact,
                indicators.is_cartesian_linear_contact,
                indicators.is_cartesian_angular_contact,
                indicators.is_joint_contact,
            ),
        ):
            _set_indicators(exceeded, linear, angular, joints)


def _prepared(arm_id: str) -> FrankaRobotState:
    """A message with all that never changes."""
    base, flange, ee = "base", f"{arm_id}_link8", f"{arm_id}_hand_tcp"
    message = FrankaRobotState()
    names = list(franka_names(arm_id).arm_joints)
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
    return message


def _set_inertia(message: Any, inertia: Inertia) -> None:
    message.m = inertia.mass_kg
    set_xyz(message.com, inertia.center_m)


def _sum(ee: Inertia, load: Inertia) -> Inertia:
    mass = ee.mass_kg + load.mass_kg
    if mass == 0.0:
        return ee
    return Inertia(mass, (ee.mass_kg * ee.center_m + load.mass_kg * load.center_m) / mass)


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
    joints[:] = values[:JOINTS]
    set_xyz(linear, values[JOINTS : JOINTS + 3])
    set_xyz(angular, values[JOINTS + 3 :])


def _elbow_sign(position: FloatArray) -> float:
    """Sign of joint 4, by which libfranka tells the elbow's two configurations apart."""
    return 1.0 if position[3] > 0.0 else -1.0
