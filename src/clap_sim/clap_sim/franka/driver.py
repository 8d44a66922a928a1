"""The simulated arm as the ROS front sees it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import make_transform
from clap_core.robot.specification import HAND_YAW_RAD
from clap_franka.collision import CollisionBehavior
from clap_franka.motion.follower import Execution
from clap_franka.motion.goal import TrajectoryRequest
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.robot import Inertia, LinkPose, Pending, RobotMode, RobotState
from clap_sim.franka.model import HAND_T_TCP_Z_M, relative_pose
from clap_sim.franka.robot import SimulatedFranka

FloatArray = NDArray[np.float64]


class SimulatedArmDriver:
    """``clap_franka.robot.ArmDriver`` of a robot that steps with the physics.

    Its orders are carried out at once.

    Args:
        robot: the simulated robot.
        now_s: the simulated time, which never goes back.
    """

    def __init__(self, robot: SimulatedFranka, now_s: Callable[[], float]) -> None:
        self._robot = robot
        self._now_s = now_s
        self._data = robot.data
        self._commanded = mujoco.MjData(robot.franka.model)
        self._load = Inertia(0.0, np.zeros(3))
        self._flange_T_hand = make_transform(
            quaternion=(0.0, 0.0, math.sin(0.5 * HAND_YAW_RAD), math.cos(0.5 * HAND_YAW_RAD))
        )
        model, franka = robot.franka.model, robot.franka
        self._ee = Inertia(
            float(model.body_subtreemass[franka.hand]),
            self._flange_T_hand[:3, :3] @ model.body_ipos[franka.hand],
        )
        links, arm_id = (franka.base, *franka.links), franka.arm_id
        names = [f"{arm_id}_link{i}" for i in range(len(links))]
        hand = f"{arm_id}_hand"
        self._links = [
            *zip(pairwise(names), pairwise(links), strict=True),
            ((hand, f"{arm_id}_leftfinger"), (franka.hand, franka.fingers[0])),
            ((hand, f"{arm_id}_rightfinger"), (franka.hand, franka.fingers[1])),
        ]

    @property
    def arm_id(self) -> str:
        """See ``clap_franka.robot.ArmDriver``, as for all below."""
        return self._robot.config.arm_id

    @property
    def position(self) -> FloatArray:
        return self._robot.arm.position

    @property
    def velocity(self) -> FloatArray:
        return self._robot.arm.velocity

    @property
    def torque(self) -> FloatArray:
        return self._robot.arm.torque

    @property
    def setpoint(self) -> JointSetpoint:
        return self._robot.follower.setpoint

    def link_poses(self) -> Sequence[LinkPose]:
        return [
            LinkPose(*names, relative_pose(self._data, *bodies)) for names, bodies in self._links
        ]

    def check_trajectory(self, request: TrajectoryRequest, now_s: float) -> None:
        self._robot.check_trajectory(request, now_s)

    def start_trajectory(self, request: TrajectoryRequest, now_s: float) -> Execution:
        return self._robot.start_trajectory(request, now_s)

    def cancel(self, execution: Execution, now_s: float) -> None:
        self._robot.follower.cancel(execution, now_s)

    def recover(self) -> Pending:
        self._robot.recover()
        return Pending.finished()

    def set_joint_stiffness(self, stiffness: FloatArray) -> Pending:
        if self._robot.mode is RobotMode.MOVE:
            raise ClapError(
                ErrorCode.BUSY,
                "libfranka: Set Joint Impedance command rejected: command not possible in the "
                'current mode ("Move")',
                "Wait for the end of the motion",
            )
        self._robot.arm.set_stiffness(stiffness)
        return Pending.finished()

    def set_cartesian_stiffness(self, stiffness: FloatArray) -> Pending:
        # Only the Cartesian impedance controller has it; trajectories use the joints' stiffness.
        return Pending.finished()

    def set_tcp_frame(self, nominal_T_ee: FloatArray) -> Pending:
        hand_T_nominal = make_transform((0.0, 0.0, HAND_T_TCP_Z_M))
        self._robot.set_frames(hand_T_ee=hand_T_nominal @ nominal_T_ee)
        return Pending.finished()

    def set_stiffness_frame(self, ee_T_k: FloatArray) -> Pending:
        self._robot.set_frames(ee_T_k=ee_T_k)
        return Pending.finished()

    def set_collision_behavior(self, behavior: CollisionBehavior) -> Pending:
        self._robot.safety.behavior = behavior
        return Pending.finished()

    def set_load(self, load: Inertia, inertia: FloatArray) -> Pending:
        self._robot.arm.set_load(load.mass_kg, load.center_m)
        self._load = load
        return Pending.finished()

    def state(self) -> RobotState:
        robot, arm, safety = self._robot, self._robot.arm, self._robot.safety
        wrench, base_T_ee = robot.forces.base_wrench, robot.ee_pose
        base_R_k = (base_T_ee @ robot.ee_T_k)[:3, :3]
        desired, jacobian = self._at_setpoint()
        return RobotState(
            position=arm.position,
            velocity=arm.velocity,
            torque=arm.torque,
            motor_position=arm.position,
            motor_velocity=arm.velocity,
            setpoint=self.setpoint,
            external_torque=robot.forces.torque,
            base_wrench=wrench,
            k_wrench=np.concatenate((base_R_k.T @ wrench[:3], base_R_k.T @ wrench[3:])),
            base_T_ee=base_T_ee,
            base_T_ee_desired=desired,
            desired_twist=jacobian @ self.setpoint.velocity,
            # The Jacobian's own rate of change is left out; it matters at high speed only.
            desired_acceleration=jacobian @ self.setpoint.acceleration,
            flange_T_ee=self._flange_T_hand @ robot.hand_T_ee,
            ee_T_k=robot.ee_T_k,
            ee=self._ee,
            load=self._load,
            mode=robot.mode,
            errors=safety.errors,
            last_errors=safety.last_errors,
            contact=safety.contact,
            collision=safety.collision,
            success_rate=1.0,
            time_s=self._now_s(),
        )

    def _at_setpoint(self) -> tuple[FloatArray, FloatArray]:
        """base_T_ee [4, 4] and its Jacobian [6, 7] at the commanded joints."""
        robot, franka, desired = self._robot, self._robot.franka, self._commanded
        desired.qpos[:] = self._data.qpos
        desired.qpos[franka.qpos] = self.setpoint.position
        mujoco.mj_kinematics(franka.model, desired)
        mujoco.mj_comPos(franka.model, desired)
        jacobian = np.zeros((6, franka.model.nv))
        world_point = desired.xpos[franka.hand] + (
            desired.xmat[franka.hand].reshape(3, 3) @ robot.hand_T_ee[:3, 3]
        )
        mujoco.mj_jac(franka.model, desired, jacobian[:3], jacobian[3:], world_point, franka.hand)
        return franka.hand_pose(desired) @ robot.hand_T_ee, jacobian[:, franka.dofs]
