"""A scripted arm for tests: straight TCP motions by inverse kinematics, and a grasp by force."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world import World
from clap_sim.world.robot import FINGER_JOINTS, GRIPPER_ACTUATOR, TCP_SITE


class ScriptedHand:
    """Moves the arm by its position servos and closes the hand with a constant force."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._scratch = mujoco.MjData(world.model)
        self._gripper = world.model.actuator(GRIPPER_ACTUATOR).id
        self._site = world.model.site(TCP_SITE).id
        # A force motor: the tendon's force is shared by two fingers.
        model = world.model
        model.actuator_gainprm[self._gripper, 0] = 1.0
        model.actuator_biasprm[self._gripper, 1:3] = [0.0, -40.0]
        model.actuator_ctrlrange[self._gripper] = [-200.0, 200.0]
        model.actuator_forcerange[self._gripper] = [-200.0, 200.0]
        self.squeeze(-20.0, 0.3)

    def squeeze(self, force_n: float, seconds: float = 0.5) -> None:
        """Close each finger with a force; negative opens."""
        self.world.data.ctrl[self._gripper] = -2.0 * force_n
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / self.world.model.opt.timestep)):
            mujoco.mj_step(self.world.model, self.world.data)

    @property
    def width_m(self) -> float:
        return float(sum(self.world.data.joint(name).qpos[0] for name in FINGER_JOINTS))

    def go(self, base_T_tcp: NDArray[np.float64], seconds: float = 1.0) -> None:
        """Move in joint space, smoothly, along a straight line of the TCP."""
        start = self.world.base_T_tcp()
        steps = max(2, round(seconds * 50))
        start_quat, end_quat = np.zeros(4), np.zeros(4)
        mujoco.mju_mat2Quat(start_quat, start[:3, :3].ravel())
        mujoco.mju_mat2Quat(end_quat, base_T_tcp[:3, :3].ravel())
        if start_quat @ end_quat < 0.0:
            end_quat = -end_quat
        for s in np.linspace(0.0, 1.0, steps + 1)[1:]:
            blend = 3.0 * s**2 - 2.0 * s**3
            quat = (1.0 - blend) * start_quat + blend * end_quat
            position = (1.0 - blend) * start[:3, 3] + blend * base_T_tcp[:3, 3]
            self.world.data.ctrl[:7] = self._solve(position, quat / np.linalg.norm(quat))
            self.wait(seconds / steps)
        self.wait(0.2)

    def _solve(self, position: NDArray[np.float64], quat: NDArray[np.float64]) -> NDArray:
        """Damped least squares from the present command; [7] joint angles."""
        model, scratch, world = self.world.model, self._scratch, self.world
        scratch.qpos[:] = world.data.qpos
        scratch.qpos[world.arm_qpos] = world.data.ctrl[:7]
        jacobian = np.zeros((6, model.nv))
        error, site_quat, inverse, turn = np.zeros(6), np.zeros(4), np.zeros(4), np.zeros(4)
        limits = model.jnt_range[:7]
        for _ in range(30):
            mujoco.mj_kinematics(model, scratch)
            mujoco.mj_comPos(model, scratch)
            error[:3] = position - scratch.site_xpos[self._site]
            mujoco.mju_mat2Quat(site_quat, scratch.site_xmat[self._site])
            mujoco.mju_negQuat(inverse, site_quat)
            mujoco.mju_mulQuat(turn, quat, inverse)
            mujoco.mju_quat2Vel(error[3:], turn, 1.0)
            if np.linalg.norm(error) < 1e-4:
                break
            mujoco.mj_jacSite(model, scratch, jacobian[:3], jacobian[3:], self._site)
            arm = jacobian[:, world.arm_dofs]
            step = arm.T @ np.linalg.solve(arm @ arm.T + 1e-4 * np.eye(6), error)
            joints = scratch.qpos[world.arm_qpos] + np.clip(step, -0.2, 0.2)
            scratch.qpos[world.arm_qpos] = np.clip(joints, limits[:, 0], limits[:, 1])
        return scratch.qpos[world.arm_qpos].copy()
