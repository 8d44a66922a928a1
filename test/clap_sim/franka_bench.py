"""A table with a cube in front of the simulated Franka, for its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import mujoco
import numpy as np

from clap_franka.motion.follower import Execution
from clap_franka.motion.goal import RequestPoint, TrajectoryRequest
from clap_franka.robot import HandState
from clap_sim.franka.config import FrankaConfig
from clap_sim.franka.gripper import FingerMotion
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.world.robot import FINGER_TRAVEL_M, HOME_RAD, fr3_spec

CUBE_M = 0.05
PAD_BELOW_TCP_M = 0.0089
"""How far the fingertips reach below the tool centre point when the hand points down."""


@cache
def bench_model() -> mujoco.MjModel:
    spec = fr3_spec()
    box = mujoco.mjtGeom.mjGEOM_BOX
    spec.worldbody.add_geom(type=box, size=[0.4, 0.6, 0.02], pos=[0.6, 0.0, -0.02])
    cube = spec.worldbody.add_body(name="cube", pos=[0.5, 0.0, 0.5 * CUBE_M])
    cube.add_freejoint()
    cube.add_geom(type=box, size=[0.5 * CUBE_M] * 3, mass=0.1, friction=[1.0, 0.02, 0.001])
    return spec.compile()


class Bench:
    """The robot at home, with helpers that step the physics."""

    def __init__(self, config: FrankaConfig | None = None) -> None:
        self.model = bench_model()
        self.data = mujoco.MjData(self.model)
        for i, angle in enumerate(HOME_RAD):
            self.data.joint(f"fr3_joint{i + 1}").qpos = angle
        for i in (1, 2):
            self.data.joint(f"finger_joint{i}").qpos = FINGER_TRAVEL_M
        mujoco.mj_forward(self.model, self.data)
        self.robot = SimulatedFranka(self.model, self.data, config or FrankaConfig())
        self.home = np.array(HOME_RAD)

    @property
    def now_s(self) -> float:
        return float(self.data.time)

    def step(self) -> None:
        self.robot.before_step(self.now_s)
        mujoco.mj_step(self.model, self.data)
        self.robot.after_step()

    def run_until(self, done: Callable[[], bool], limit_s: float = 15.0) -> None:
        end_s = self.now_s + limit_s
        while not done():
            assert self.now_s < end_s, "the simulated deadline has passed"
            self.step()

    def run(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        self.run_until(lambda: self.now_s >= end_s, seconds + 1.0)

    def start(self, points: Sequence[RequestPoint]) -> Execution:
        names = self.robot.franka.joint_names
        return self.robot.start_trajectory(TrajectoryRequest(names, points), self.now_s)

    def start_to(self, q: np.ndarray, seconds: float) -> Execution:
        still = np.zeros(7)
        return self.start([RequestPoint(seconds, q, still, still)])

    def go_to(self, q: np.ndarray, seconds: float) -> Execution:
        execution = self.start_to(q, seconds)
        self.run_until(lambda: execution.outcome is not None, seconds + 5.0)
        return execution

    def finish(self, command: FingerMotion) -> FingerMotion:
        self.run_until(lambda: command.state is not HandState.RUNNING)
        return command

    def joints_at(self, x: float, y: float, z: float) -> np.ndarray:
        """Joints with the TCP at a point and the hand straight down (damped least squares)."""
        model, data, franka = self.model, mujoco.MjData(self.model), self.robot.franka
        site = model.site("fr3_hand_tcp").id
        down = np.diag([1.0, -1.0, -1.0])
        q = np.array(self.robot.arm.position)
        for _ in range(200):
            data.qpos[franka.qpos] = q
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            turn = down @ data.site_xmat[site].reshape(3, 3).T
            axis = (turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1])
            error = np.concatenate(((x, y, z) - data.site_xpos[site], 0.5 * np.array(axis)))
            if np.abs(error).max() < 1e-6:
                break
            jacobian = np.zeros((6, model.nv))
            mujoco.mj_jacSite(model, data, jacobian[:3], jacobian[3:], site)
            arm = jacobian[:, franka.dofs]
            q = q + arm.T @ np.linalg.solve(arm @ arm.T + 1e-6 * np.eye(6), error)
        return q
