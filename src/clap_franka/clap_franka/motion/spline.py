"""Joint trajectories and their piecewise polynomial interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Waypoints:
    """The points of a trajectory.

    Attributes:
        times_s: [N] strictly increasing times from the start.
        positions: [N, J] in rad.
        velocities: [N, J] in rad/s; a row of NaN where a point gives none.
        accelerations: [N, J] in rad/s2; a row of NaN where a point gives none.
    """

    times_s: FloatArray
    positions: FloatArray
    velocities: FloatArray
    accelerations: FloatArray


class Spline:
    """Interpolates waypoints as joint_trajectory_controller does.

    A segment is linear where only positions are known at its ends, cubic with velocities, quintic
    with velocities and accelerations.

    Args:
        waypoints: at least two.
    """

    def __init__(self, waypoints: Waypoints) -> None:
        self._times = waypoints.times_s
        self._coefficients = _coefficients(waypoints)
        self._segment = 0

    @property
    def start_s(self) -> float:
        """Time of the first waypoint."""
        return float(self._times[0])

    @property
    def end_s(self) -> float:
        """Time of the last waypoint."""
        return float(self._times[-1])

    def sample(self, time_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Position, velocity and acceleration ([J] each) at a time, clamped to the ends."""
        t = min(max(time_s, self.start_s), self.end_s)
        if not self._times[self._segment] <= t <= self._times[self._segment + 1]:
            found = int(np.searchsorted(self._times, t, side="right")) - 1
            self._segment = min(found, len(self._times) - 2)
        x = t - self._times[self._segment]
        x2, x3, x4 = x * x, x**3, x**4
        basis = np.array(
            (
                (1.0, x, x2, x3, x4, x4 * x),
                (0.0, 1.0, 2.0 * x, 3.0 * x2, 4.0 * x3, 5.0 * x4),
                (0.0, 0.0, 2.0, 6.0 * x, 12.0 * x2, 20.0 * x3),
            )
        )
        position, velocity, acceleration = basis @ self._coefficients[self._segment]
        return position, velocity, acceleration

    def samples(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """As :meth:`sample`, at [N] times: [N, J] each."""
        t = np.clip(times_s, self.start_s, self.end_s)
        found = np.searchsorted(self._times, t, side="right") - 1
        segments = np.clip(found, 0, len(self._times) - 2)
        x = (t - self._times[segments])[:, None]
        c = np.moveaxis(self._coefficients[segments], 1, 0)
        position = ((((c[5] * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]
        velocity = (((5 * c[5] * x + 4 * c[4]) * x + 3 * c[3]) * x + 2 * c[2]) * x + c[1]
        acceleration = ((20 * c[5] * x + 12 * c[4]) * x + 6 * c[3]) * x + 2 * c[2]
        return position, velocity, acceleration


def _coefficients(waypoints: Waypoints) -> FloatArray:
    """[N-1, 6, J] coefficients of each segment, lowest power first."""
    T = np.diff(waypoints.times_s)[:, None]
    p0, p1 = waypoints.positions[:-1], waypoints.positions[1:]
    v0, v1 = waypoints.velocities[:-1], waypoints.velocities[1:]
    a0, a1 = waypoints.accelerations[:-1], waypoints.accelerations[1:]
    step = p1 - p0
    zero = np.zeros_like(p0)

    linear = np.stack((p0, step / T, zero, zero, zero, zero), axis=1)
    cubic = np.stack(
        (
            p0,
            v0,
            (3.0 * step - (2.0 * v0 + v1) * T) / T**2,
            (-2.0 * step + (v0 + v1) * T) / T**3,
            zero,
            zero,
        ),
        axis=1,
    )
    quintic = np.stack(
        (
            p0,
            v0,
            0.5 * a0,
            (20.0 * step - (8.0 * v1 + 12.0 * v0) * T - (3.0 * a0 - a1) * T**2) / (2.0 * T**3),
            (-30.0 * step + (14.0 * v1 + 16.0 * v0) * T + (3.0 * a0 - 2.0 * a1) * T**2)
            / (2.0 * T**4),
            (12.0 * step - 6.0 * (v1 + v0) * T - (a0 - a1) * T**2) / (2.0 * T**5),
        ),
        axis=1,
    )
    has_velocity = np.all(np.isfinite(v0) & np.isfinite(v1), axis=1)
    has_acceleration = has_velocity & np.all(np.isfinite(a0) & np.isfinite(a1), axis=1)
    chosen = np.where(has_velocity[:, None, None], cubic, linear)
    return np.where(has_acceleration[:, None, None], quintic, chosen)
