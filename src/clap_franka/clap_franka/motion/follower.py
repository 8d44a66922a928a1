"""Follows joint trajectories with the semantics of ros2_control's joint_trajectory_controller."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from clap_franka.config import FollowerConfig
from clap_franka.motion.goal import TrajectoryError, TrajectoryGoal
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.motion.spline import Spline, Waypoints

FloatArray = NDArray[np.float64]

_QUINTIC_PEAK = 5.78
"""Peak acceleration of a quintic rest-to-rest motion, times duration squared over distance."""

_VELOCITY_BLEND = 4.0
"""Peak acceleration of the blend of a velocity step, times duration over the step."""

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


class _Path:
    """A goal's spline in absolute time, joined smoothly to what the arm does already."""

    def __init__(self, goal: TrajectoryGoal, now_s: float, now: JointSetpoint) -> None:
        self._spline = Spline(_from_now(goal, now_s, now))
        self._start_s = now_s
        position, velocity, _ = self._spline.sample(now_s)
        self.jump = now.position - position
        self._velocity_jump = now.velocity - velocity
        self._blend_s = 0.0

    def blend(self, shortest_s: float, acceleration: float) -> None:
        """Remove the jumps at the start over a time in which they stay gentle."""
        jump = float(np.abs(self.jump).max())
        velocity_jump = float(np.abs(self._velocity_jump).max())
        if jump < 1e-9 and velocity_jump < 1e-9:
            return
        self._blend_s = max(
            shortest_s,
            float(np.sqrt(_QUINTIC_PEAK * jump / acceleration)),
            _VELOCITY_BLEND * velocity_jump / acceleration,
        )

    @property
    def end_s(self) -> float:
        """When the last point is due."""
        return max(self._spline.end_s, self._start_s + self._blend_s)

    def sample(self, time_s: float) -> JointSetpoint:
        """The setpoint at a time."""
        setpoint = JointSetpoint(*self._spline.sample(time_s))
        if time_s >= self._spline.end_s:
            setpoint.velocity = np.zeros_like(setpoint.velocity)
            setpoint.acceleration = np.zeros_like(setpoint.acceleration)
        T = self._blend_s
        s = (time_s - self._start_s) / T if T > 0.0 else 1.0
        if s < 1.0:
            # Quintics that fall from 1 to 0, in position (f) and in velocity (g), with zero
            # acceleration at both ends.
            f = (1.0 - 10.0 * s**3 + 15.0 * s**4 - 6.0 * s**5, -30.0 * s**2 * (1.0 - s) ** 2)
            f2 = -60.0 * s * (1.0 - s) * (1.0 - 2.0 * s)
            g = s - 6.0 * s**3 + 8.0 * s**4 - 3.0 * s**5
            g1 = 1.0 - 18.0 * s**2 + 32.0 * s**3 - 15.0 * s**4
            g2 = -36.0 * s + 96.0 * s**2 - 60.0 * s**3
            setpoint.position = setpoint.position + self.jump * f[0] + self._velocity_jump * T * g
            setpoint.velocity = setpoint.velocity + self.jump * f[1] / T + self._velocity_jump * g1
            setpoint.acceleration = (
                setpoint.acceleration + self.jump * f2 / T**2 + self._velocity_jump * g2 / T
            )
        return setpoint


@dataclass(frozen=True)
class _Brake:
    """A deceleration of all joints to rest in the same time."""

    start_s: float
    duration_s: float
    position: FloatArray
    velocity: FloatArray

    def sample(self, time_s: float) -> JointSetpoint:
        t = min(max(time_s - self.start_s, 0.0), self.duration_s)
        slow = 1.0 - t / self.duration_s
        moving = 1.0 if t < self.duration_s else 0.0
        return JointSetpoint(
            self.position + self.velocity * (t - 0.5 * t * t / self.duration_s),
            self.velocity * slow,
            -self.velocity / self.duration_s * moving,
        )


class TrajectoryFollower:
    """Turns goals into setpoints, one goal at a time.

    A new goal preempts the running one and starts from the commanded state. A canceled or aborted
    motion decelerates and holds; a canceled goal ends once the arm is commanded to stand still.

    Args:
        config: limits of stops and starts.
        lower: [J] joint limits in rad.
        upper: [J] joint limits in rad.
        position: [J] where the arm is.
    """

    def __init__(
        self, config: FollowerConfig, lower: FloatArray, upper: FloatArray, position: FloatArray
    ) -> None:
        self._config = config
        self._lower = lower
        self._upper = upper
        self._velocity_limits = np.array(config.velocity_limits)
        self._execution: Execution | None = None
        self._path: _Path | None = None
        self._brake: _Brake | None = None
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
        path = _Path(goal, now_s, self.setpoint)
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
        if self._path is not None:
            return self._follow(self._path, now_s, position, velocity)
        if self._brake is not None:
            self.setpoint = self._brake.sample(now_s)
            self.setpoint.position = np.clip(self.setpoint.position, self._lower, self._upper)
            if now_s >= self._brake.start_s + self._brake.duration_s:
                self._brake = None
                self._end(Outcome(Ending.CANCELED, reason="canceled; the arm holds"))
        return self.setpoint, None

    def _follow(
        self, path: _Path, now_s: float, position: FloatArray, velocity: FloatArray
    ) -> tuple[JointSetpoint, str | None]:
        setpoint = path.sample(now_s)
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
        self._path = None
        fastest = float(np.abs(self.setpoint.velocity).max())
        duration = min(fastest / self._config.max_acceleration, self._config.stop_time)
        self._brake = _Brake(
            now_s, max(duration, 1e-3), self.setpoint.position, self.setpoint.velocity
        )

    def _end(self, outcome: Outcome) -> None:
        if self._execution is not None:
            self._execution.outcome = outcome
            self._execution = None


def _from_now(goal: TrajectoryGoal, now_s: float, now: JointSetpoint) -> Waypoints:
    """The goal's points in absolute time, with the present state before them where it is due."""
    points = goal.waypoints
    times = points.times_s + goal.start_s
    if times[0] <= now_s and len(times) > 1:
        return Waypoints(times, points.positions, points.velocities, points.accelerations)
    if times[0] > now_s:
        first = (now_s, now.position, now.velocity, now.acceleration)
    else:  # a single point that is due already
        still = np.zeros_like(now.position)
        first = (times[0] - 1.0, points.positions[0], still, still)
    return Waypoints(
        np.concatenate(((first[0],), times)),
        np.vstack((first[1], points.positions)),
        np.vstack((first[2], points.velocities)),
        np.vstack((first[3], points.accelerations)),
    )
