"""What a robot's joints may be commanded, cycle by cycle: speed, acceleration and jerk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.robot.specification import ArmSpecification
from clap_franka.motion.setpoint import JointSetpoint
from clap_franka.motion.spline import Spline

FloatArray = NDArray[np.float64]

CYCLE_S = 0.001
_ROUNDING = 1.001


@dataclass(frozen=True)
class LimitBreak:
    """The first thing that goes too far.

    Attributes:
        joint: its number, from 0.
        quantity: velocity, acceleration or jerk.
        value, limit: in rad and s.
        time_s: when, since the start of what was looked at.
        slower: by which factor longer times would keep to all limits.
    """

    joint: int
    quantity: str
    value: float
    limit: float
    time_s: float
    slower: float

    @property
    def text(self) -> str:
        """In words."""
        unit = {"velocity": "rad/s", "acceleration": "rad/s2", "jerk": "rad/s3"}[self.quantity]
        return (
            f"joint {self.joint + 1} would have the {self.quantity} {self.value:.3g} {unit} "
            f"{self.time_s:.3f} s after the start, above its limit {self.limit:.3g} {unit}"
        )


@dataclass(frozen=True)
class JointLimits:
    """An arm's limits with what is kept free of them.

    Attributes:
        arm: the arm's constants.
        share: of the limits that may be used, 0..1.
    """

    arm: ArmSpecification
    share: float = 1.0

    @property
    def acceleration(self) -> FloatArray:
        """[7] rad/s2."""
        return self.share * np.asarray(self.arm.acceleration)

    def check(self, spline: Spline, start: JointSetpoint) -> LimitBreak | None:
        """The first limit that a spline breaks when it is commanded at 1 kHz.

        Args:
            spline: in absolute time.
            start: what is commanded in the cycle before.
        """
        count = int(np.ceil((spline.end_s - spline.start_s) / CYCLE_S)) + 1
        times = spline.start_s + CYCLE_S * np.arange(count, dtype=np.float64)
        position, velocity, acceleration = spline.samples(times)
        return self._first_break(position, velocity, acceleration, start)

    def guard(self, now: JointSetpoint, before: JointSetpoint, elapsed_s: float) -> str | None:
        """Why a setpoint must not follow another one so many seconds later; None where it may."""
        broken = self._first_break(
            now.position[None],
            now.velocity[None],
            now.acceleration[None],
            before,
            max(elapsed_s, CYCLE_S),
        )
        return None if broken is None else broken.text

    def _first_break(
        self,
        position: FloatArray,
        velocity: FloatArray,
        acceleration: FloatArray,
        before: JointSetpoint,
        cycle_s: float = CYCLE_S,
    ) -> LimitBreak | None:
        lower, upper = self.arm.velocity_limits(position)
        previous_velocity = np.vstack((before.velocity, velocity[:-1]))
        previous_acceleration = np.vstack((before.acceleration, acceleration[:-1]))
        # Differences are what the robot sees: a step of the velocity is an acceleration.
        step = np.abs(velocity - previous_velocity) / cycle_s
        # Where the acceleration is steady the two agree but for the jerk within a cycle.
        jerk = np.abs(acceleration - previous_acceleration) / cycle_s
        acceleration_limit = self.acceleration
        jerk_limit = self.share * np.asarray(self.arm.jerk)
        accelerating = np.maximum(np.abs(acceleration), step - 0.5 * cycle_s * jerk_limit)
        velocity_limit = self.share * np.where(velocity > 0.0, upper, -lower)
        found = []
        slower = 1.0
        for power, quantity, values, limits in (
            (1, "velocity", np.abs(velocity), velocity_limit),
            (2, "acceleration", accelerating, np.broadcast_to(acceleration_limit, step.shape)),
            (3, "jerk", jerk, np.broadcast_to(jerk_limit, jerk.shape)),
        ):
            share = float((values / np.maximum(limits, 1e-9)).max())
            slower = max(slower, share ** (1.0 / power))
            rows, joints = np.nonzero(values > _ROUNDING * limits + 1e-9)
            if len(rows):
                # The worst joint of the first cycle in which one goes too far.
                row = int(rows[0])
                joint = int(joints[np.argmax((values - limits)[row, joints[rows == row]])])
                found.append((row, quantity, joint, values[row, joint], limits[row, joint]))
        if not found:
            return None
        row, quantity, joint, value, limit = min(found, key=lambda one: one[0])
        return LimitBreak(joint, quantity, float(value), float(limit), row * CYCLE_S, slower)
