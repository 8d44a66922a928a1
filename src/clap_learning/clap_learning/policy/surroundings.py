"""What lies around a keypoint: the part of a cloud that demonstrations are compared by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud
from clap_learning.own_hand import is_own_hand

RADIUS_M = 0.16
"""Half the crop's width: a Franka's hand's reach around the point it works at."""

POINTS = 400
"""Kept of a crop: one every 5 to 15 mm."""

TABLE_BAND_M = (-0.03, 0.03)
_TABLE_BIN_M = 0.002
_ABOVE_TABLE_M = 0.006
"""Points lower than this above the table are the table."""

_MIN_TABLE_POINTS = 200
_STANDS_M = 0.04
_TOP_PERCENT = 97


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Points around a keypoint.

    Attributes:
        xyz: [N, 3] float32 m, relative to the keypoint, along the axes of the base frame.
        rgb: [N, 3] uint8.
    """

    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.xyz)


NOTHING = Surroundings(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8))


def surroundings(
    cloud: PointCloud,
    keypoint_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64] | None,
) -> Surroundings:
    """What lies around a keypoint, without the table and the hand.

    The same cloud gives the same points.

    Args:
        cloud: in the base frame.
        keypoint_m: [3] in the base frame.
        base_T_tcp: [4, 4] where the hand was; None if nobody knows.

    Returns:
        At most `POINTS` points.
    """
    chosen = _around(cloud, keypoint_m, base_T_tcp, RADIUS_M)
    if len(chosen) > POINTS:
        chosen = np.random.default_rng(len(chosen)).choice(chosen, POINTS, replace=False)
    local = cloud.xyz[chosen] - keypoint_m.astype(np.float32)
    return Surroundings(local, cloud.rgb[chosen])


def points_around(
    cloud: PointCloud,
    keypoint_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64] | None,
    radius_m: float,
) -> NDArray[np.float64]:
    """[N, 3] m: all points within a radius, relative to the keypoint, without table and hand."""
    chosen = _around(cloud, keypoint_m, base_T_tcp, radius_m)
    return cloud.xyz[chosen].astype(np.float64) - keypoint_m


def _around(
    cloud: PointCloud,
    keypoint_m: NDArray[np.float64],
    base_T_tcp: NDArray[np.float64] | None,
    radius_m: float,
) -> NDArray[np.intp]:
    local = cloud.xyz - keypoint_m.astype(np.float32)
    near = np.einsum("ij,ij->i", local, local) < radius_m**2
    return np.flatnonzero(near & points_above(cloud, base_T_tcp))


def points_above(cloud: PointCloud, base_T_tcp: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """[N] which points are neither the table nor the hand, whose pose is [4, 4] or not known."""
    keep = cloud.xyz[:, 2] > table_height(cloud) + _ABOVE_TABLE_M
    if base_T_tcp is not None:
        keep &= ~is_own_hand(cloud.xyz, base_T_tcp)
    return keep


def top_height(look: Surroundings) -> float:
    """Height over the keypoint of what stands there, m; 0 where nothing does."""
    above = look.xyz[np.hypot(look.xyz[:, 0], look.xyz[:, 1]) < _STANDS_M, 2]
    return float(np.percentile(above, _TOP_PERCENT)) if len(above) else 0.0


def table_height(cloud: PointCloud) -> float:
    """Height of the table in the base frame, m: where most points near the robot's foot are."""
    heights = cloud.xyz[:, 2]
    low, high = TABLE_BAND_M
    counts, edges = np.histogram(
        heights, bins=round((high - low) / _TABLE_BIN_M), range=(low, high)
    )
    fullest = int(counts.argmax())
    if counts[fullest] < _MIN_TABLE_POINTS:
        return 0.0
    return float(edges[fullest] + 0.5 * _TABLE_BIN_M)
