"""Ellipsoids that are only seen."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.solids import VISUAL_GROUP


def add_blob(
    body: mujoco.MjsBody,
    position: tuple[float, ...],
    half_size: tuple[float, ...],
    rgba: tuple[float, ...] | NDArray[np.float64],
    quat_wxyz: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0),
) -> None:
    """An ellipsoid that is only seen."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
        pos=list(position),
        quat=list(quat_wxyz),
        size=list(half_size),
        rgba=list(rgba),
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=VISUAL_GROUP,
    )
