"""A goal's spline in absolute time, joined to what the arm does already, and ways to leave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clap_franka.config import FollowerConfig
from clap_franka.motion.goal import TrajectoryGoal
from clap_franka.motion.limits import JointLimits, LimitBreak
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.motion.spline import Spline, Waypoints

FloatArray = NDArray[np.float64]

_QUINTIC_PEAK = 5.78
"""Peak acceleration of a quintic rest-to-rest motion, times duration squared over distance."""

_VELOCITY_BLEND = 4.0
"""Peak acceleration of the blend of a velocity step, times duration over the step."""


class GoalPath:
    """A goal's spline in absolute time, joined smoothly to what the arm does already.

    Attributes:
        jump: [J] rad, from where the goal starts to where the arm is commanded to be.
    """

    def __init__(self, goal: TrajectoryGoal, now_s: float, now: JointSetpoint) -> None:
        self._spline = Spline(waypoints_from_now(goal, now_s, now))
        self._start_s = now_s
        position, velocity, acceleration = self._spline.sample(now_s)
        self._first = JointSetpoint(position, velocity, acceleration)
        self.jump = now.position - position
        self._velocity_jump = now.velocity - velocity
        self._blend_s = 0.0

    def broken(self, limits: JointLimits) -> LimitBreak | None:
        """The first limit that the spline breaks on its way; its start is blended in."""
        return limits.check(self._spline, self._first)

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


class Brake(Protocol):
    """A way to come to rest."""

    @property
    def end_s(self) -> float:
        """When the arm stands."""

    def sample(self, time_s: float) -> JointSetpoint:
        """The setpoint at a time."""


BrakeMaker = Callable[[GoalPath | None, JointSetpoint, float], Brake]
"""Makes a brake for an arm that is on a path (or on none any more), at a setpoint, now."""


@dataclass(frozen=True)
class LinearBrake:
    """A deceleration of all joints to rest in the same time."""

    start_s: float
    duration_s: float
    position: FloatArray
    velocity: FloatArray

    @property
    def end_s(self) -> float:
        """When the arm stands."""
        return self.start_s + self.duration_s

    def sample(self, time_s: float) -> JointSetpoint:
        """The setpoint at a time."""
        t = min(max(time_s - self.start_s, 0.0), self.duration_s)
        slow = 1.0 - t / self.duration_s
        moving = 1.0 if t < self.duration_s else 0.0
        return JointSetpoint(
            self.position + self.velocity * (t - 0.5 * t * t / self.duration_s),
            self.velocity * slow,
            -self.velocity / self.duration_s * moving,
        )


def linear_brakes(config: FollowerConfig) -> BrakeMaker:
    """Brakes that decelerate all joints evenly, by at most so much or in at most so long."""

    def make(_: GoalPath | None, now: JointSetpoint, now_s: float) -> LinearBrake:
        fastest = float(np.abs(now.velocity).max())
        duration = min(fastest / config.max_acceleration, config.stop_time)
        return LinearBrake(now_s, max(duration, 1e-3), now.position, now.velocity)

    return make


def waypoints_from_now(goal: TrajectoryGoal, now_s: float, now: JointSetpoint) -> Waypoints:
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
