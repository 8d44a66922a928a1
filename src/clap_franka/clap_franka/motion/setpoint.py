"""What an arm's joints are commanded to do at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass
class JointSetpoint:
    """Where the arm should be now.

    Attributes:
        position: [7] in rad.
        velocity: [7] in rad/s.
        acceleration: [7] in rad/s2.
    """

    position: FloatArray
    velocity: FloatArray
    acceleration: FloatArray

    @classmethod
    def hold(cls, position: FloatArray) -> JointSetpoint:
        """Stand still at a position."""
        there = np.array(position, dtype=float)
        return cls(there, np.zeros_like(there), np.zeros_like(there))
