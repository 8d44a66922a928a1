"""Stops that a robot accepts: along the path, without a step in the acceleration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_franka.motion.path import Brake, BrakeMaker, GoalPath
from clap_franka.motion.setpoint import JointSetpoint

FloatArray = NDArray[np.float64]

STOP_TIMES_S = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.65, 0.85, 1.1)
"""Durations that are tried, the shortest that keeps to the acceleration first."""

_LOOKS = np.linspace(0.0, 1.0, 13)
_PEAK = 1.875
"""Largest slope of a quintic that falls from 1 to 0 in unit time."""


def _fall(x: float) -> tuple[float, float, float]:
    """A quintic that falls from 1 to 0 over x = 0..1: its integral, itself, its slope."""
    return (
        x - 2.5 * x**4 + 3.0 * x**5 - x**6,
        1.0 - 10.0 * x**3 + 15.0 * x**4 - 6.0 * x**5,
        -30.0 * x**2 * (1.0 - x) ** 2,
    )


@dataclass(frozen=True)
class PathBrake:
    """Time runs ever slower along a path, until it stands.

    Attributes:
        path: what is followed.
        start_s: when it begins.
        duration_s: how long it takes.
    """

    path: GoalPath
    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """When the arm stands."""
        return self.start_s + self.duration_s

    def sample(self, time_s: float) -> JointSetpoint:
        """The setpoint at a time."""
        x = min(max((time_s - self.start_s) / self.duration_s, 0.0), 1.0)
        gone, rate, slope = _fall(x)
        along = self.path.sample(self.start_s + self.duration_s * gone)
        return JointSetpoint(
            along.position,
            along.velocity * rate,
            along.acceleration * rate**2 + along.velocity * (slope / self.duration_s),
        )


@dataclass(frozen=True)
class FreeBrake:
    """Every joint comes to rest from its own speed and acceleration, where no path leads on."""

    start_s: float
    duration_s: float
    now: JointSetpoint

    @property
    def end_s(self) -> float:
        """When the arm stands."""
        return self.start_s + self.duration_s

    def sample(self, time_s: float) -> JointSetpoint:
        """The setpoint at a time."""
        T = self.duration_s
        x = min(max((time_s - self.start_s) / T, 0.0), 1.0)
        gone, rate, slope = _fall(x)
        # x (1 - x)^3 takes the acceleration at the start to zero, and is at rest at both ends.
        rest = 1.0 - x
        bump = (0.5 * x**2 - x**3 + 0.75 * x**4 - 0.2 * x**5, x * rest**3, rest**2 * (1 - 4 * x))
        now = self.now
        return JointSetpoint(
            now.position + now.velocity * T * gone + now.acceleration * T**2 * bump[0],
            now.velocity * rate + now.acceleration * T * bump[1],
            now.velocity * (slope / T) + now.acceleration * bump[2],
        )


def gentle_brakes(max_acceleration: FloatArray) -> BrakeMaker:
    """Brakes that stop along the path in the shortest of `STOP_TIMES_S` that is gentle enough.

    Args:
        max_acceleration: [J] rad/s2.
    """

    def make(path: GoalPath | None, now: JointSetpoint, now_s: float) -> Brake:
        least_s = _PEAK * float((np.abs(now.velocity) / max_acceleration).max())
        # What slows a joint down anyway shortens the way, so a little less may do.
        times = [time_s for time_s in STOP_TIMES_S if time_s >= 0.8 * least_s] or STOP_TIMES_S[-1:]
        brake: Brake = FreeBrake(now_s, times[0], now)
        for time_s in times:
            if path is None:
                brake = FreeBrake(now_s, time_s, now)
            else:
                brake = PathBrake(path, now_s, time_s)
            if _is_gentle(brake, now_s, time_s, max_acceleration):
                break
        return brake

    return make


def _is_gentle(brake: Brake, start_s: float, duration_s: float, limit: FloatArray) -> bool:
    return all(
        (np.abs(brake.sample(start_s + x * duration_s).acceleration) <= limit).all() for x in _LOOKS
    )
