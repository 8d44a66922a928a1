"""Thresholds of the external forces, above which a Franka says contact or stops by reflex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.specification import JOINTS
from clap_franka.config import ThresholdConfig

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """Limits of the external forces.

    Attributes:
        limits: [13] seven torques in Nm, then the wrench in N, N, N, Nm, Nm, Nm.
    """

    limits: FloatArray

    @classmethod
    def checked(cls, torque: Sequence[float], force: Sequence[float]) -> Thresholds:
        """Thresholds from a request.

        Raises:
            ClapError: INVALID_REQUEST when a number is missing, negative or not finite.
        """
        torques, forces = np.array(torque, dtype=float), np.array(force, dtype=float)
        for name, values, count in (("torque", torques, JOINTS), ("force", forces, 6)):
            if values.shape != (count,) or not np.isfinite(values).all() or (values < 0.0).any():
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"the {name} thresholds {values.tolist()} are invalid",
                    f"Give {count} finite numbers of at least 0",
                )
        return cls(np.concatenate((torques, forces)))

    @property
    def torque(self) -> list[float]:
        """The seven torques in Nm."""
        return self.limits[:JOINTS].tolist()

    @property
    def force(self) -> list[float]:
        """The wrench in N and Nm."""
        return self.limits[JOINTS:].tolist()


@dataclass(frozen=True)
class CollisionBehavior:
    """Contact (lower) and collision (upper) thresholds while cruising and accelerating."""

    lower: Thresholds
    upper: Thresholds
    lower_accelerating: Thresholds
    upper_accelerating: Thresholds

    @classmethod
    def nominal(cls, lower: Thresholds, upper: Thresholds) -> CollisionBehavior:
        """The same thresholds whether the arm accelerates or not."""
        return cls(lower, upper, lower, upper)

    @property
    def same_while_accelerating(self) -> bool:
        """Whether the thresholds are those of :meth:`nominal`."""
        return np.array_equal(self.lower.limits, self.lower_accelerating.limits) and np.array_equal(
            self.upper.limits, self.upper_accelerating.limits
        )

    @classmethod
    def from_config(cls, config: ThresholdConfig) -> CollisionBehavior:
        """The thresholds at start."""
        return cls.nominal(
            Thresholds.checked(config.lower_torque, config.lower_force),
            Thresholds.checked(config.upper_torque, config.upper_force),
        )
