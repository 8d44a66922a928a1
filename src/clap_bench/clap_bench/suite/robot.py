"""The simulated Franka driven by key actions, in one thread and without ROS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import MotionConfig
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_sim.franka.config import FrankaConfig
from clap_sim.franka.gripper import GripperState
from clap_sim.franka.reflex import RobotMode
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.franka.trajectory_goal import RequestPoint, TrajectoryRequest
from clap_sim.world import World

WATCH_EVERY_STEPS = 20
"""How often whoever watches the world is called, in physics steps of 1 ms."""

LIMIT_S = 30.0
"""Longest simulated time of one motion or grasp."""

GRIPPER_SPEED_M_S = 0.1
DEFAULT_FORCE_N = 30.0
"""Grasp force of an action that names none."""

CONTACT_N = 12.0
"""Change of the force on the hand that ends a guarded motion."""


class DirectRobot:
    """Executes key actions on the robot of a world, as the executor node does over ROS.

    Args:
        world: the world.
        motion: speed and shape of motions.
        watch: called every `WATCH_EVERY_STEPS` physics steps.
    """

    def __init__(
        self,
        world: World,
        motion: MotionConfig | None = None,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = world
        self.franka = SimulatedFranka(world.model, world.data, FrankaConfig())
        self.planner = MotionPlanner(arm_specification("fr3"), motion)
        self._watch = watch
        self._steps = 0

    @property
    def base_T_tcp(self) -> NDArray[np.float64]:
        """[4, 4] measured pose of the tool centre point, from the joints."""
        return self.planner.kinematics.forward(self.franka.arm.position)

    def execute(self, action: KeyAction) -> None:
        """Move, then use the gripper; the arm is at rest on return.

        OPEN moves the fingers to ``action.width_m``, be that wide or closed. A GRASP closes with
        ``action.force_n`` (30 N if it is 0) and fails when the fingers end closer than
        ``action.width_m``; with width 0 it cannot fail. A robot in reflex is recovered first.

        Raises:
            ClapError: UNREACHABLE, OUT_OF_WORKSPACE, INVALID_REQUEST (nothing has moved then),
                ROBOT_REFLEX, TRAJECTORY_ABORTED, GRASP_FAILED, GRIPPER_FAILED.
        """
        if self.franka.mode is RobotMode.REFLEX:
            self.franka.recover()
        self._move(action)
        if action.gripper is not GripperCommand.KEEP:
            self._grip(action)

    def settle(self, seconds: float) -> None:
        """Let simulated time pass."""
        end_s = self.world.data.time + seconds
        self._run_until(lambda: self.world.data.time >= end_s)

    def _move(self, action: KeyAction) -> None:
        start = self.franka.follower.setpoint.position.copy()
        trajectory = self.planner.plan(action.base_T_tcp, action.motion, start, action.speed_scale)
        if trajectory is None:
            return
        rows = zip(trajectory.times, trajectory.positions, trajectory.velocities, strict=True)
        points = [RequestPoint(t, q, v) for t, q, v in rows if t > 0.0]
        execution = self.franka.start_trajectory(
            TrajectoryRequest(trajectory.joint_names, points), self.world.data.time
        )
        rest_force = self._force()
        guarded = action.motion is Motion.GUARDED

        def ended() -> bool:
            touched = guarded and np.linalg.norm(self._force() - rest_force) > CONTACT_N
            return execution.outcome is not None or bool(touched)

        self._run_until(ended)
        if execution.outcome is None:
            self.franka.follower.hold(self.franka.arm.position.copy(), "contact")
        elif self.franka.mode is RobotMode.REFLEX:
            raise ClapError(
                ErrorCode.ROBOT_REFLEX, execution.outcome.reason, "Keep away from what it hit"
            )
        elif execution.outcome.code != 0:
            raise ClapError(
                ErrorCode.TRAJECTORY_ABORTED,
                execution.outcome.reason,
                "Pull or push less far, or more slowly",
            )

    def _force(self) -> NDArray[np.float64]:
        return self.franka.forces.base_wrench[:3].copy()

    def _grip(self, action: KeyAction) -> None:
        gripper = self.franka.gripper
        if action.gripper is GripperCommand.OPEN:
            command = gripper.move(action.width_m, GRIPPER_SPEED_M_S)
            code = ErrorCode.GRIPPER_FAILED
        else:
            wide = gripper.max_width_m
            force = action.force_n or DEFAULT_FORCE_N
            # Closed fingers read a little below zero.
            narrower = wide - action.width_m if action.width_m > 0.0 else 2.0 * wide
            command = gripper.grasp(wide, GRIPPER_SPEED_M_S, force, narrower, wide)
            code = ErrorCode.GRASP_FAILED
        self._run_until(lambda: command.state is not GripperState.RUNNING)
        if command.state is not GripperState.SUCCEEDED:
            raise ClapError(code, command.error, "Look again and try another grasp")

    def _run_until(self, done: Callable[[], bool]) -> None:
        end_s = self.world.data.time + LIMIT_S
        while not done():
            if self.world.data.time > end_s:
                raise ClapError(
                    ErrorCode.TIMEOUT, f"no end after {LIMIT_S:g} s", "Choose another key pose"
                )
            self.franka.before_step(self.world.data.time)
            self.world.step()
            self.franka.after_step()
            self._steps += 1
            if self._steps % WATCH_EVERY_STEPS == 0:
                self._watch()
