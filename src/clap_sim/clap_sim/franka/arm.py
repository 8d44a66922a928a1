"""Joint impedance control of the simulated arm."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_franka.motion.setpoint import JointSetpoint
from clap_sim.franka.config import ArmConfig
from clap_sim.franka.model import LINK8_OFFSET_Z_M, NUM_JOINTS, FrankaModel

FloatArray = NDArray[np.float64]

_FRICTION_SPEED = 0.02
"""Commanded speed in rad/s at which dry friction is fed forward in full."""


class SimulatedArm:
    """A spring and a damper to the setpoint, with the arm's own dynamics fed forward.

    This is the behaviour of libfranka's internal joint impedance controller: gravity, Coriolis
    and friction of the robot itself are compensated, so the spring feels only external loads::

        torque = K (q_d - q) + D (dq_d - dq) + M ddq_d + Coriolis + gravity + friction

    The spring and damper are MuJoCo's own actuators, whose damping the implicit integrator
    handles; the rest is folded into their control. The joints' torque limits (87 and 12 Nm)
    apply to the sum.

    Args:
        franka: where the arm is.
        data: the simulation's state.
        config: stiffness and damping.
    """

    def __init__(self, franka: FrankaModel, data: mujoco.MjData, config: ArmConfig) -> None:
        self._franka = franka
        self._data = data
        self._ratio = config.damping_ratio
        self._stiffness = np.array(config.joint_stiffness)
        self._damping = np.zeros(NUM_JOINTS)
        self._load_mass_kg = 0.0
        self._load_center_m = np.zeros(3)
        self._full = np.zeros(franka.model.nv)
        self._product = np.zeros(franka.model.nv)
        self._friction = franka.model.dof_frictionloss[franka.dofs].copy()
        self.set_stiffness(self._stiffness)

    @property
    def position(self) -> FloatArray:
        """[7] measured joint positions in rad."""
        return self._data.qpos[self._franka.qpos]  # type: ignore[no-any-return]

    @property
    def velocity(self) -> FloatArray:
        """[7] measured joint velocities in rad/s."""
        return self._data.qvel[self._franka.dofs]  # type: ignore[no-any-return]

    @property
    def torque(self) -> FloatArray:
        """[7] torques in Nm that the drives exert, gravity compensation included."""
        dofs = self._franka.dofs
        return self._data.qfrc_actuator[dofs] + self._data.qfrc_gravcomp[dofs]  # type: ignore[no-any-return]

    def set_stiffness(self, stiffness: FloatArray) -> None:
        """Set the spring of each joint in Nm/rad ([7], above 0); the damper follows from it."""
        model = self._franka.model
        inertia = np.zeros((model.nv, model.nv))
        mujoco.mj_forward(model, self._data)
        mujoco.mj_fullM(model, inertia, self._data.qM)
        own = np.diag(inertia)[self._franka.dofs]
        self._stiffness = np.array(stiffness, dtype=float)
        self._damping = 2.0 * self._ratio * np.sqrt(self._stiffness * own)
        for actuator, spring, damper in zip(
            self._franka.actuators, self._stiffness, self._damping, strict=True
        ):
            model.actuator_gainprm[actuator, 0] = spring
            model.actuator_biasprm[actuator, :3] = (0.0, -spring, -damper)
            # The control carries the feed-forward too, so it may leave the joint's range.
            model.actuator_ctrllimited[actuator] = 0

    def set_load(self, mass_kg: float, center_m: FloatArray) -> None:
        """Compensate a load: its mass and its centre ([3], m, in the flange's frame)."""
        self._load_mass_kg = mass_kg
        self._load_center_m = np.array(center_m, dtype=float)

    def apply(self, setpoint: JointSetpoint) -> None:
        """Write the control for the next physics step."""
        data, franka = self._data, self._franka
        dofs = franka.dofs
        self._full[dofs] = setpoint.acceleration
        mujoco.mj_mulM(franka.model, data, self._product, self._full)
        # MuJoCo compensates gravity as a passive force where the bodies say so.
        own_forces = data.qfrc_bias[dofs] - data.qfrc_gravcomp[dofs]
        friction = self._friction * np.clip(setpoint.velocity / _FRICTION_SPEED, -1.0, 1.0)
        torque = self._damping * setpoint.velocity + self._product[dofs] + own_forces + friction
        if self._load_mass_kg > 0.0:
            torque += self._load_torque()
        data.ctrl[franka.actuators] = setpoint.position + torque / self._stiffness

    def _load_torque(self) -> FloatArray:
        model, data = self._franka.model, self._data
        link7 = self._franka.links[-1]
        in_link7 = self._load_center_m + np.array((0.0, 0.0, LINK8_OFFSET_Z_M))
        center = data.xpos[link7] + data.xmat[link7].reshape(3, 3) @ in_link7
        jacobian = np.zeros((3, model.nv))
        mujoco.mj_jac(model, data, jacobian, None, center, link7)
        weight = -self._load_mass_kg * model.opt.gravity
        return jacobian[:, self._franka.dofs].T @ weight  # type: ignore[no-any-return]
