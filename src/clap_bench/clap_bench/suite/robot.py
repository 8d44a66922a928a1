"""The simulated Franka driven by key actions, in one thread and without ROS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import CONTACT_PERIOD_S, KeyActionConfig
from clap_core.robot.key_actions import ContactSense, GripOutcome, KeyActionExecutor
from clap_core.robot.kinematics import Joints
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.robot.trajectory import Trajectory
from clap_core.task_types import KeyAction
from clap_franka.motion.goal import RequestPoint, TrajectoryRequest
from clap_franka.robot import HandState, RobotMode
from clap_sim.franka.config import FrankaConfig
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.world import World

WATCH_EVERY_STEPS = 20
"""How often the watcher of the world is called, in physics steps of 1 ms."""

LIMIT_S = 30.0
"""Longest simulated time of one motion or grasp."""


class DirectRobot:
    """The robot of a world, and the executor of key actions that also runs on the real one.

    Args:
        world: the world.
        config: how key actions are executed.
        watch: called every `WATCH_EVERY_STEPS` physics steps.
    """

    def __init__(
        self,
        world: World,
        config: KeyActionConfig | None = None,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = world
        self.franka = SimulatedFranka(world.model, world.data, FrankaConfig())
        self._config = config or KeyActionConfig()
        arm = arm_specification("fr3")
        self.planner = MotionPlanner(arm, self._config.motion, self._config.safety)
        self._executor = KeyActionExecutor(self.planner, self, self._config.gripper)
        self._watch = watch
        self._steps = 0

    @property
    def base_T_tcp(self) -> NDArray[np.float64]:
        """[4, 4] measured pose of the tool centre point, from the joints."""
        return self.planner.kinematics.forward(self.franka.arm.position)

    def execute(self, action: KeyAction) -> None:
        """Move, then use the gripper, see `KeyActionExecutor`; after a recovery from a reflex.

        Raises:
            ClapError: UNREACHABLE, OUT_OF_WORKSPACE, INVALID_REQUEST (nothing has moved then),
                ROBOT_REFLEX, TRAJECTORY_ABORTED, GRASP_FAILED, GRIPPER_FAILED, TIMEOUT.
        """
        if self.franka.mode is RobotMode.REFLEX:
            self.franka.recover()
        self._executor.execute(action)

    def settle(self, seconds: float) -> None:
        """Let simulated time pass."""
        end_s = self.world.data.time + seconds
        self._run_until(lambda: self.world.data.time >= end_s)

    # The robot, as the executor sees it

    def start_joints(self) -> Joints:
        """See ``clap_core.robot.key_actions.Robot``, as for all below."""
        return self.franka.follower.setpoint.position.copy()

    def follow(self, trajectory: Trajectory, until_contact: bool) -> None:
        rows = zip(trajectory.times, trajectory.positions, trajectory.velocities, strict=True)
        points = [RequestPoint(t, q, v) for t, q, v in rows if t > 0.0]
        execution = self.franka.start_trajectory(
            TrajectoryRequest(trajectory.joint_names, points), self.world.data.time
        )
        sense = ContactSense(self._config.contact, self._force()) if until_contact else None
        look_s = self.world.data.time

        def ended() -> bool:
            nonlocal look_s
            if execution.outcome is not None:
                return True
            if sense is None or self.world.data.time < look_s:
                return False
            look_s += CONTACT_PERIOD_S
            return sense.feels(self._force())

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

    def move_fingers(self, width_m: float, speed_m_s: float) -> None:
        command = self.franka.gripper.move(width_m, speed_m_s)
        self._run_until(lambda: command.state is not HandState.RUNNING)
        if command.state is not HandState.SUCCEEDED:
            raise ClapError(ErrorCode.GRIPPER_FAILED, command.error, "Free the fingers")

    def close_fingers(self, force_n: float, speed_m_s: float) -> GripOutcome:
        gripper = self.franka.gripper
        wide = gripper.max_width_m
        command = gripper.grasp(0.0, speed_m_s, force_n, wide, wide)
        self._run_until(lambda: command.state is not HandState.RUNNING)
        return GripOutcome(gripper.width_m, command.state is HandState.SUCCEEDED, command.error)

    def _force(self) -> NDArray[np.float64]:
        return self.franka.forces.base_wrench[:3].copy()

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
