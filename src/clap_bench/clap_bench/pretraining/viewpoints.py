"""Random virtual cameras around the table; those of the probe are where training has none.

A viewpoint is where a camera is, seen from the point that it looks at: its azimuth about the
vertical (0 in front of the robot, looking at it; positive to the robot's left), its elevation and
its distance. Training's cameras keep out of two sectors beside the robot and out of steep views;
the probe's are inside those, with 5 degrees between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_bench.pretraining.held_out import TRAIN
from clap_core.camera import CameraIntrinsics

Range = tuple[float, float]

TARGET_X_M: Range = (0.40, 0.65)
TARGET_Y_M: Range = (-0.15, 0.15)
TARGET_Z_M: Range = (0.0, 0.15)
"""Where cameras look at, in the base frame."""

DISTANCE_M: Range = (0.5, 1.1)
FIELD_OF_VIEW_DEG: Range = (38.0, 60.0)
"""Vertical; 42 is a D435's colour camera, 49 the suite's. At 224 rows: focal 194 to 325 pixels."""

ROLL_DEG: Range = (-8.0, 8.0)

TRAIN_AZIMUTHS_DEG: tuple[Range, ...] = ((-150.0, -95.0), (-35.0, 35.0), (95.0, 150.0))
TRAIN_ELEVATIONS_DEG: Range = (18.0, 58.0)
"""Between them the training's cameras; behind the robot, only its back would be seen."""

PROBE_AZIMUTHS_DEG: tuple[Range, ...] = ((-90.0, -40.0), (40.0, 90.0))
PROBE_STEEP_DEG: Range = (63.0, 80.0)
_PROBE_STEEP_SHARE = 0.3
"""Of the probe's cameras: steep ones, at any azimuth; the others are in the probe's sectors."""

RIG_AZIMUTHS_DEG = (0.0, 105.0, -130.0)
RIG_ELEVATION_DEG = 38.0
RIG_DISTANCE_M = 1.0
RIG_FIELD_OF_VIEW_DEG = 49.0
RIG_TARGET_M = (0.52, 0.0, 0.05)
RIG_ROTATIONS_DEG = (0.0, 15.0, 30.0, 45.0)
"""The rig of three cameras, much like the suite's, that is turned around the table as a whole."""

LAB_AZIMUTHS_DEG = (0.0, 130.0, -130.0)
LAB_SPREAD = (18.0, 8.0, 0.12)
"""Three cameras as laboratories have them, in front and over both shoulders, each so far (azimuth
and elevation in degrees, distance in m) from where one would put it."""


@dataclass(frozen=True)
class Viewpoint:
    """A camera.

    Attributes:
        azimuth_deg, elevation_deg, distance_m: where it is, seen from `target_m`.
        target_m: [3] what it looks at, in the base frame.
        roll_deg: of the picture about the line of sight.
        field_of_view_deg: vertical.
    """

    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    target_m: tuple[float, float, float]
    roll_deg: float
    field_of_view_deg: float

    def base_T_camera(self) -> NDArray[np.float64]:
        """[4, 4] pose of the optical frame."""
        azimuth, elevation, roll = np.radians((self.azimuth_deg, self.elevation_deg, self.roll_deg))
        away = np.array(
            [
                np.cos(elevation) * np.cos(azimuth),
                np.cos(elevation) * np.sin(azimuth),
                np.sin(elevation),
            ]
        )
        right = np.cross(-away, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        down = np.cross(-away, right)
        pose = np.eye(4)
        pose[:3, 0] = np.cos(roll) * right + np.sin(roll) * down
        pose[:3, 1] = np.cos(roll) * down - np.sin(roll) * right
        pose[:3, 2] = -away
        pose[:3, 3] = np.asarray(self.target_m) + self.distance_m * away
        return pose

    def intrinsics(self, size_px: int) -> CameraIntrinsics:
        """Of a square picture."""
        return CameraIntrinsics.from_field_of_view(
            size_px, size_px, float(np.radians(self.field_of_view_deg))
        )


def random_viewpoint(split: str, rng: np.random.Generator) -> Viewpoint:
    """A random camera of a split."""
    azimuths, elevations = PROBE_AZIMUTHS_DEG, TRAIN_ELEVATIONS_DEG
    if split == TRAIN:
        azimuths = TRAIN_AZIMUTHS_DEG
    elif rng.random() < _PROBE_STEEP_SHARE:
        azimuths, elevations = ((-150.0, 150.0),), PROBE_STEEP_DEG
    widths = np.array([high - low for low, high in azimuths])
    sector = azimuths[rng.choice(len(azimuths), p=widths / widths.sum())]
    return Viewpoint(
        azimuth_deg=float(rng.uniform(*sector)),
        elevation_deg=float(rng.uniform(*elevations)),
        distance_m=float(rng.uniform(*DISTANCE_M)),
        target_m=(
            float(rng.uniform(*TARGET_X_M)),
            float(rng.uniform(*TARGET_Y_M)),
            float(rng.uniform(*TARGET_Z_M)),
        ),
        roll_deg=float(rng.uniform(*ROLL_DEG)),
        field_of_view_deg=float(rng.uniform(*FIELD_OF_VIEW_DEG)),
    )


def lab_rig(rng: np.random.Generator) -> tuple[Viewpoint, ...]:
    """Three cameras as a laboratory may have them."""
    x, y, z = RIG_TARGET_M
    found = []
    for middle in LAB_AZIMUTHS_DEG:
        azimuth, elevation, distance = rng.uniform(-1.0, 1.0, 3) * LAB_SPREAD
        found.append(
            Viewpoint(
                azimuth_deg=middle + float(azimuth),
                elevation_deg=RIG_ELEVATION_DEG + float(elevation),
                distance_m=RIG_DISTANCE_M + float(distance),
                target_m=(
                    x + float(rng.uniform(-0.05, 0.05)),
                    y,
                    z + float(rng.uniform(0.0, 0.08)),
                ),
                roll_deg=float(rng.uniform(*ROLL_DEG)),
                field_of_view_deg=RIG_FIELD_OF_VIEW_DEG + float(rng.uniform(-3.0, 6.0)),
            )
        )
    return tuple(found)


def is_train(viewpoint: Viewpoint) -> bool:
    """Whether training may have a camera there."""
    low, high = TRAIN_ELEVATIONS_DEG
    return low <= viewpoint.elevation_deg <= high and any(
        first <= viewpoint.azimuth_deg <= last for first, last in TRAIN_AZIMUTHS_DEG
    )


def turned_rig(rotation_deg: float) -> tuple[Viewpoint, ...]:
    """The rig, turned around the vertical through what it looks at."""
    return tuple(
        Viewpoint(
            azimuth + rotation_deg, RIG_ELEVATION_DEG, RIG_DISTANCE_M, RIG_TARGET_M, 0.0,
            RIG_FIELD_OF_VIEW_DEG,
        )
        for azimuth in RIG_AZIMUTHS_DEG
    )  # fmt: skip
