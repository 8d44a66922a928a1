"""Simple collision geometry: hollow and round things made of boxes.

Box against box is MuJoCo's most stable pair (up to eight contacts; cylinders and meshes get one
unless asked otherwise), so mugs, bowls and cans are rings and prisms of boxes, and each object
stands on a single square foot of four contacts.
"""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

COLLISION_GROUP = 3
"""Geom group of what only collides; cameras do not render it."""

VISUAL_GROUP = 2
"""Geom group of what only is seen."""

OBJECT_FRICTION = (0.6, 0.01, 0.0005)
"""Sliding [-], torsional [m], rolling [m] friction between objects, and of objects on the table."""


def add_box(
    body: mujoco.MjsBody,
    position: Sequence[float],
    half_size: Sequence[float],
    mass_kg: float,
    *,
    quat_wxyz: Sequence[float] | NDArray[np.float64] = (1.0, 0.0, 0.0, 0.0),
    rgba: Sequence[float] | None = None,
) -> mujoco.MjsGeom:
    """A box that collides; it is also seen when it has a colour."""
    return body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=list(position),
        quat=list(quat_wxyz),
        size=list(half_size),
        mass=mass_kg,
        friction=list(OBJECT_FRICTION),
        condim=4,
        solref=[0.01, 1.0],
        group=COLLISION_GROUP if rgba is None else VISUAL_GROUP,
        rgba=[0.5, 0.5, 0.5, 1.0] if rgba is None else list(rgba),
    )


def add_foot(body: mujoco.MjsBody, radius_m: float, height_m: float, mass_kg: float) -> None:
    """The square inscribed in a round bottom, from z = 0 up; what the object stands on."""
    half = radius_m / np.sqrt(2.0)
    add_box(body, [0.0, 0.0, 0.5 * height_m], [half, half, 0.5 * height_m], mass_kg)


def add_prism(
    body: mujoco.MjsBody,
    radius_m: float,
    z_range_m: tuple[float, float],
    mass_kg: float,
    boxes: int = 4,
) -> None:
    """A solid prism with ``2 * boxes`` sides whose inscribed circle has the given radius."""
    low, high = z_range_m
    half_width = radius_m * np.tan(np.pi / (2 * boxes))
    for k in range(boxes):
        add_box(
            body,
            [0.0, 0.0, 0.5 * (low + high)],
            [radius_m, half_width, 0.5 * (high - low)],
            mass_kg / boxes,
            quat_wxyz=_about_z(np.pi * k / boxes),
        )


def add_ring(
    body: mujoco.MjsBody,
    low_rz: tuple[float, float],
    high_rz: tuple[float, float],
    wall_m: float,
    mass_kg: float,
    segments: int = 16,
) -> None:
    """A round wall of boxes, upright or conical.

    Args:
        body: where it is added.
        low_rz: radius of the wall's middle and height of its lower edge [m].
        high_rz: the same of its upper edge.
        wall_m: thickness.
        mass_kg: of the whole ring.
        segments: number of boxes.
    """
    (r0, z0), (r1, z1) = low_rz, high_rz
    length = float(np.hypot(r1 - r0, z1 - z0))
    tilt = np.arctan2(r1 - r0, z1 - z0)
    half_width = (max(r0, r1) + 0.5 * wall_m) * np.tan(np.pi / segments)
    tilt_quat = np.array([np.cos(0.5 * tilt), 0.0, np.sin(0.5 * tilt), 0.0])
    for k in range(segments):
        angle = 2.0 * np.pi * k / segments
        quat = np.zeros(4)
        mujoco.mju_mulQuat(quat, _about_z(angle), tilt_quat)
        radius = 0.5 * (r0 + r1)
        add_box(
            body,
            [radius * np.cos(angle), radius * np.sin(angle), 0.5 * (z0 + z1)],
            [0.5 * wall_m, half_width, 0.5 * length],
            mass_kg / segments,
            quat_wxyz=quat,
        )


def add_skin(
    body: mujoco.MjsBody, mesh: str, rgba: Sequence[float], position: Sequence[float] = (0, 0, 0)
) -> None:
    """A mesh that is seen and does not collide or weigh."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=mesh,
        pos=list(position),
        rgba=list(rgba),
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=VISUAL_GROUP,
    )


def _about_z(angle_rad: float) -> NDArray[np.float64]:
    return np.array([np.cos(0.5 * angle_rad), 0.0, 0.0, np.sin(0.5 * angle_rad)])
