"""Follows joint trajectories with the semantics of ros2_control's joint_trajectory_controller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from clap_franka.config import FollowerConfig
from clap_franka.motion.goal import TrajectoryError, TrajectoryGoal
from clap_franka.motion.path import Brake, BrakeMaker, GoalPath, linear_brakes
from clap_franka.motion.setpoint import JointSetpoint

FloatArray = NDArray[np.float64]

PREEMPTED = "Current goal cancelled due to new incoming action."
"""joint_trajectory_controller's own words."""


class Ending(Enum):
    """How an execution ended."""

    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    ABORTED = "aborted"


@dataclass(frozen=True)
class Outcome:
    """The result of an execution."""

    ending: Ending
    code: TrajectoryError = TrajectoryError.SUCCESSFUL
    reason: str = ""


class Execution:
    """A goal on its way.

    Attributes:
        goal: what is executed.
        outcome: None while it is executed.
    """

    def __init__(self, goal: TrajectoryGoal) -> None:
        self.goal = goal
        self.outcome: Outcome | None = None


Guard = Callable[[JointSetpoint, JointSetpoint, float], "str | None"]
"""Says why a setpoint must not follow another one so many seconds later; None where it may."""


class TrajectoryFollower:
    """Turns goals into setpoints, one goal at a time.

    A new goal preempts the running one and starts from the commanded state. A canceled or aborted
    motion decelerates and holds; a canceled goal ends once the arm is commanded to stand still.

    Args:
        config: limits of stops and starts.
        lower: [J] joint limits in rad.
        upper: [J] joint limits in rad.
        position: [J] where the arm is.
        brakes: how it stops; evenly by default.
        guard: a goal is aborted, and the arm stopped, at what this objects to.
    """

    def __init__(
        self,
        config: FollowerConfig,
        lower: FloatArray,
        upper: FloatArray,
        position: FloatArray,
        brakes: BrakeMaker | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._config = config
        self._guard = guard
        self._stepped_s = 0.0
        self._brakes = brakes or linear_brakes(config)
        self._lower = lower
        self._upper = upper
        self._velocity_limits = np.array(config.velocity_limits)
        self._execution: Execution | None = None
        self._path: GoalPath | None = None
        self._brake: Brake | None = None
        self.setpoint = JointSetpoint.hold(position)

    @property
    def execution(self) -> Execution | None:
        """The running goal."""
        return self._execution

    @property
    def moving(self) -> bool:
        """Whether the commanded state moves or a goal runs."""
        return self._path is not None or self._brake is not None

    def start(self, goal: TrajectoryGoal, now_s: float) -> tuple[Execution, str | None]:
        """Begin a goal, in place of the running one.

        Returns:
            The execution, and the name of the robot's error where the goal starts too far from
            the commanded position; the caller lets the robot stop by reflex then.
        """
        self._end(Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, PREEMPTED))
        execution = Execution(goal)
        path = GoalPath(goal, now_s, self.setpoint)
        self._execution = execution
        if np.abs(path.jump).max() > self._config.start_tolerance:
            return execution, "joint_motion_generator_velocity_discontinuity"
        path.blend(self._config.blend_time, self._config.max_acceleration)
        self._path = path
        self._brake = None
        return execution, None

    def cancel(self, execution: Execution, now_s: float) -> None:
        """Decelerate and hold; the execution ends as canceled when the arm stands."""
        if execution is self._execution and self._path is not None:
            self._stop(now_s)

    def abort(self, now_s: float, reason: str) -> None:
        """End the running goal as invalid, decelerate and hold."""
        moved = self._path is not None
        self._end(Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, reason))
        if moved:
            self._stop(now_s)

    def hold(self, position: FloatArray, reason: str) -> None:
        """Command standstill at once; a running goal is aborted with the reason."""
        self._end(Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, reason))
        self._path = None
        self._brake = None
        self.setpoint = JointSetpoint.hold(position)

    def step(
        self, now_s: float, position: FloatArray, velocity: FloatArray
    ) -> tuple[JointSetpoint, str | None]:
        """The setpoint for now.

        Args:
            now_s: on the clock that the goals' starts are on.
            position: [J] measured, in rad.
            velocity: [J] measured, in rad/s.

        Returns:
            The setpoint, and the name of the robot's error where the trajectory breaks a limit
            of the robot.
        """
        before_s, self._stepped_s = self._stepped_s, now_s
        if self._path is not None:
            setpoint = self._path.sample(now_s)
            objection = self._guard and self._guard(setpoint, self.setpoint, now_s - before_s)
            if not objection:
                return self._follow(self._path, setpoint, now_s, position, velocity)
            self._path = None  # it cannot be followed to slow down, either
            self._end(Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, objection))
            self._stop(before_s)
        if self._brake is not None:
            self.setpoint = self._brake.sample(now_s)
            self.setpoint.position = np.clip(self.setpoint.position, self._lower, self._upper)
            if now_s >= self._brake.end_s:
                self._brake = None
                self._end(Outcome(Ending.CANCELED, reason="canceled; the arm holds"))
        return self.setpoint, None

    def _follow(
        self,
        path: GoalPath,
        setpoint: JointSetpoint,
        now_s: float,
        position: FloatArray,
        velocity: FloatArray,
    ) -> tuple[JointSetpoint, str | None]:
        error = self._limit_error(setpoint)
        if error is not None:
            return self.setpoint, error
        self.setpoint = setpoint
        execution = self._execution
        assert execution is not None
        goal = execution.goal
        position_error = setpoint.position - position
        velocity_error = setpoint.velocity - velocity
        if now_s < path.end_s:
            violated = goal.path.violated(position_error, velocity_error)
            if violated is not None:
                self._abort(now_s, TrajectoryError.PATH_TOLERANCE_VIOLATED, "path", violated)
            return self.setpoint, None
        violated = goal.goal.violated(position_error, velocity_error)
        if violated is None:
            self._end(Outcome(Ending.SUCCEEDED, reason="Goal successfully reached!"))
            self._path = None
        elif now_s > path.end_s + goal.goal_time_s:
            self._abort(now_s, TrajectoryError.GOAL_TOLERANCE_VIOLATED, "goal", violated)
        return self.setpoint, None

    def _limit_error(self, setpoint: JointSetpoint) -> str | None:
        if (np.abs(setpoint.velocity) > self._velocity_limits).any():
            return "joint_motion_generator_velocity_limits_violation"
        if (setpoint.position < self._lower).any() or (setpoint.position > self._upper).any():
            return "joint_motion_generator_position_limits_violation"
        return None

    def _abort(
        self, now_s: float, code: TrajectoryError, where: str, violated: tuple[int, str]
    ) -> None:
        joint, what = violated
        reason = f"Aborted due to {where} tolerance violation of joint {joint + 1}: {what}"
        self._end(Outcome(Ending.ABORTED, code, reason))
        self._stop(now_s)

    def _stop(self, now_s: float) -> None:
        self._brake = self._brakes(self._path, self.setpoint, now_s)
        self._path = None

    def _end(self, outcome: Outcome) -> None:
        if self._execution is not None:
            self._execution.outcome = outcome
            self._execution = None
