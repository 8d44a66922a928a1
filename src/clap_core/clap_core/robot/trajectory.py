"""Joint trajectories: a path gets its timing, within every limit of arm and operator."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import toppra
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from toppra.algorithm import TOPPRA
from toppra.constraint import JointAccelerationConstraint, JointVelocityConstraintVarying

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import MotionConfig
from clap_core.robot.specification import ArmSpecification

logging.getLogger("toppra").setLevel(logging.ERROR)

_FINE_PERIOD_S = 0.002
"""Longest step at which limits are checked."""

_TOLERANCE = 0.05
"""By how much the chosen share of a limit may be passed between two stations of the path."""

_SLOWDOWN = 1.1
_MAX_SLOWDOWNS = 30


@dataclass(frozen=True)
class Path:
    """A geometric path through joint space, still without timing.

    Attributes:
        joints: [N, 7] rad; N >= 4, neighbouring rows close together.
        tcp_travel_m: [N] length of the TCP's path up to each row, metres, not decreasing.
        tcp_turn_rad: [N] angle that the TCP has turned up to each row, not decreasing.
    """

    joints: NDArray[np.float64]
    tcp_travel_m: NDArray[np.float64]
    tcp_turn_rad: NDArray[np.float64]


@dataclass(frozen=True)
class Trajectory:
    """A timed motion that starts and ends at rest.

    Attributes:
        joint_names: of the columns.
        times: [N] seconds from the start; the first is 0.
        positions: [N, 7] rad.
        velocities: [N, 7] rad/s.
        accelerations: [N, 7] rad/s^2.
    """

    joint_names: tuple[str, ...]
    times: NDArray[np.float64]
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    accelerations: NDArray[np.float64]

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return float(self.times[-1])


@dataclass(frozen=True)
class SpeedLimits:
    """Limits of one motion; the first seven of each row are the joints."""

    tcp_speed_m_s: float
    tcp_acceleration_m_s2: float
    turn_rate_rad_s: float
    turn_acceleration_rad_s2: float
    velocity_fraction: float
    acceleration: NDArray[np.float64]
    jerk: NDArray[np.float64]

    @classmethod
    def scaled(
        cls, arm: ArmSpecification, config: MotionConfig, scale: float, guarded: bool = False
    ) -> SpeedLimits:
        """The limits at a speed scale in 0..1; a guarded motion has its own top speed."""
        speed = config.tcp_speed_m_s * scale
        return cls(
            tcp_speed_m_s=min(speed, config.guarded_speed_m_s) if guarded else speed,
            tcp_acceleration_m_s2=config.tcp_acceleration_m_s2 * scale,
            turn_rate_rad_s=config.tcp_turn_rate_rad_s * scale,
            turn_acceleration_rad_s2=config.tcp_turn_acceleration_rad_s2 * scale,
            velocity_fraction=config.joint_velocity_fraction * scale,
            acceleration=np.asarray(arm.acceleration) * config.joint_acceleration_fraction * scale,
            jerk=np.asarray(arm.jerk) * config.joint_jerk_fraction,
        )


@dataclass(frozen=True)
class _Timing:
    """How a path is run through: station (0..1 of the path) over time.

    Attributes:
        times: [N] seconds.
        station_rates: [N] 1/s at those times, linear between them.
    """

    times: NDArray[np.float64]
    station_rates: NDArray[np.float64]

    def slower(self, factor: float) -> _Timing:
        """The same, stretched in time."""
        return _Timing(self.times * factor, self.station_rates / factor)


def time_path(
    path: Path, arm: ArmSpecification, config: MotionConfig, limits: SpeedLimits
) -> Trajectory:
    """Run along a path as fast as the limits allow, from rest to rest.

    Time-optimal path parametrisation (Pham and Pham, "A new approach to time-optimal path
    parameterization based on reachability analysis", T-RO 2018) over the joints and, as two more
    coordinates, the TCP's travelled length and turned angle. Its steps in acceleration are then
    smoothed over ``config.smoothing_s``: that changes the timing and never the path, and bounds
    the jerk.

    Raises:
        ClapError: UNREACHABLE when the path cannot be timed within the limits.
    """
    per_sample = int(np.ceil(1.0 / (config.sample_rate_hz * _FINE_PERIOD_S)))
    period = 1.0 / (config.sample_rate_hz * per_sample)
    timing = _optimal_timing(path, arm, limits)
    spline = CubicSpline(np.linspace(0.0, 1.0, len(path.joints)), path.joints)
    for _ in range(_MAX_SLOWDOWNS):
        fine = _smooth_run(spline, timing, config.smoothing_s, period, per_sample)
        if _keeps_limits(fine, arm, limits, period):
            break
        timing = timing.slower(_SLOWDOWN)
    else:
        raise _untimeable("the path bends too sharply to keep the joints' limits")
    times = np.arange(len(fine[0]), dtype=np.float64) * period
    return Trajectory(arm.joint_names, times[::per_sample], *(rows[::per_sample] for rows in fine))


def _optimal_timing(path: Path, arm: ArmSpecification, limits: SpeedLimits) -> _Timing:
    # Counted in about the time that it takes: TOPPRA's solver fails on the huge rates that a
    # path of a few millimetres has when it is counted from 0 to 1.
    span = _least_time(path, limits)
    grid = np.linspace(0.0, span, len(path.joints))
    coordinates = np.column_stack([path.joints, path.tcp_travel_m, path.tcp_turn_rad])
    low, high = arm.velocity_limits(path.joints)
    tcp = np.tile([limits.tcp_speed_m_s, limits.turn_rate_rad_s], (len(grid), 1))
    velocity = np.stack(
        [
            np.hstack([low * limits.velocity_fraction, -tcp]),
            np.hstack([high * limits.velocity_fraction, tcp]),
        ],
        axis=-1,
    )
    acceleration = np.append(
        limits.acceleration, [limits.tcp_acceleration_m_s2, limits.turn_acceleration_rad_s2]
    )

    def velocity_at(station: float) -> NDArray[np.float64]:
        return velocity[round(station / span * (len(grid) - 1))]

    problem = TOPPRA(
        [
            JointVelocityConstraintVarying(velocity_at),
            JointAccelerationConstraint(np.stack([-acceleration, acceleration], axis=-1)),
        ],
        toppra.SplineInterpolator(grid, coordinates),
        gridpoints=grid,
    )
    _, rates, _ = problem.compute_parameterization(0.0, 0.0)
    if rates is None or not np.isfinite(rates).all():
        raise _untimeable("no timing keeps the limits of speed and acceleration")
    mean_rates = (rates[:-1] + rates[1:]) / 2.0
    if mean_rates.min() <= 0.0:
        raise _untimeable("a joint stands at the end of its range and may not move")
    rates[[0, -1]] = 0.0
    return _Timing(np.concatenate([[0.0], np.cumsum(np.diff(grid) / mean_rates)]), rates / span)


def _least_time(path: Path, limits: SpeedLimits) -> float:
    """Time [s] that the accelerations alone would let it take; a scale, not a bound."""
    ways = np.append(np.ptp(path.joints, axis=0), path.tcp_travel_m[-1])
    return float(np.sqrt((ways / [*limits.acceleration, limits.tcp_acceleration_m_s2]).max()))


def _smooth_run(
    spline: CubicSpline, timing: _Timing, smoothing_s: float, period_s: float, multiple: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Positions, velocities and accelerations [N, 7] each `period_s`, to the end of the path.

    The rate of the station is averaged with a raised-cosine window; N - 1 is a multiple of
    `multiple`, so that every `multiple`-th row includes the last.
    """
    taps = max(2, round(smoothing_s / period_s))
    window = 1.0 - np.cos(2.0 * np.pi * (np.arange(taps) + 0.5) / taps)
    steps = int(np.ceil(timing.times[-1] / period_s)) + taps + 2
    steps += -steps % multiple
    moments = np.arange(steps + 1) * period_s
    sharp = np.interp(moments, timing.times, timing.station_rates, right=0.0)
    rate = np.convolve(sharp, window)[: steps + 1]
    station = np.concatenate([[0.0], np.cumsum((rate[:-1] + rate[1:]) / 2.0) * period_s])
    rate, station = rate / station[-1], station / station[-1]
    acceleration = np.gradient(rate, period_s)
    acceleration[[0, -1]] = 0.0  # at rest; the one-sided differences there are noise
    first, second = spline(station, 1), spline(station, 2)
    return (
        spline(station),
        first * rate[:, None],
        second * rate[:, None] ** 2 + first * acceleration[:, None],
    )


def _keeps_limits(
    rows: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    arm: ArmSpecification,
    limits: SpeedLimits,
    period_s: float,
) -> bool:
    positions, velocities, accelerations = rows
    low, high = arm.velocity_limits(positions)
    tolerated = 1.0 + _TOLERANCE
    jerk = np.abs(np.diff(accelerations, axis=0)) / period_s
    return bool(
        (velocities <= high * limits.velocity_fraction * tolerated + 1e-6).all()
        and (velocities >= low * limits.velocity_fraction * tolerated - 1e-6).all()
        and (np.abs(accelerations) <= limits.acceleration * tolerated).all()
        and (jerk <= limits.jerk).all()
    )


def _untimeable(reason: str) -> ClapError:
    return ClapError(
        ErrorCode.UNREACHABLE,
        reason,
        "Start from another posture, for example home, or choose another goal",
    )
