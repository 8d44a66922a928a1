"""The table top in a cloud: a plane near z = 0 of the base frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BAND_M = 0.02
_MIN_POINTS = 200
_MAX_FIT_POINTS = 4000
_ITERATIONS = 4
_MAX_SLOPE = 0.03


@dataclass(frozen=True)
class Table:
    """The plane ``z = slope_x * x + slope_y * y + offset`` in the base frame.

    Attributes:
        slope_x, slope_y: dimensionless.
        offset_m: height at the base's origin.
        noise_m: standard deviation of the table's points about it.
    """

    slope_x: float = 0.0
    slope_y: float = 0.0
    offset_m: float = 0.0
    noise_m: float = 0.0015

    def height(self, xyz: NDArray[np.floating]) -> NDArray[np.float32]:
        """[N] height of points above the table."""
        plane = self.slope_x * xyz[:, 0] + self.slope_y * xyz[:, 1] + self.offset_m
        return (xyz[:, 2] - plane).astype(np.float32)

    def z_at(self, xy: Sequence[float] | NDArray[np.floating]) -> float:
        """Height of the table in the base frame [m] at [2] (or more) coordinates."""
        return float(self.slope_x * xy[0] + self.slope_y * xy[1] + self.offset_m)


def fit_table(xyz: NDArray[np.floating]) -> Table:
    """Fit the table by trimmed least squares.

    The arm is calibrated to the table to a centimetre or so, so only points near z = 0 take
    part, and a plane that ends up steeper than that explains is refused in favour of z = 0.

    Args:
        xyz: [N, 3] points in the base frame.
    """
    near = xyz[np.abs(xyz[:, 2]) < _BAND_M].astype(np.float64)
    if len(near) < _MIN_POINTS:
        return Table()
    near = near[:: max(1, len(near) // _MAX_FIT_POINTS)]
    matrix = np.column_stack([near[:, :2], np.ones(len(near))])
    inlier = np.abs(near[:, 2] - np.median(near[:, 2])) < _BAND_M / 2
    solution, sigma = np.zeros(3), Table().noise_m
    for _ in range(_ITERATIONS):
        if np.count_nonzero(inlier) < _MIN_POINTS // 2:
            return Table()
        solution, *_ = np.linalg.lstsq(matrix[inlier], near[inlier, 2], rcond=None)
        residual = np.abs(near[:, 2] - matrix @ solution)
        sigma = max(1.4826 * float(np.median(residual[inlier])), 2e-4)
        inlier = residual < 3.0 * sigma
    if np.abs(solution[:2]).max() > _MAX_SLOPE or abs(solution[2]) > _BAND_M:
        return Table()
    return Table(float(solution[0]), float(solution[1]), float(solution[2]), sigma)
