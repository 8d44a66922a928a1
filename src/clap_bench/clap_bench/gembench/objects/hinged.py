"""What doors, fridges and microwaves share: leaves on hinges, shells and handles.

All face -x of their frame, towards the robot; left is +y, as the robot sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box

Side = Literal["left", "right"]
Rgba = Sequence[float]

SITE_GROUP = 4
"""Group of sites, which no camera renders."""

DARK: Rgba = (0.13, 0.13, 0.14, 1.0)
PALE: Rgba = (0.90, 0.91, 0.92, 1.0)
CHROME: Rgba = COLOURS["silver"]

INTO = (0.0, 0.5**0.5, 0.0, 0.5**0.5)
"""Quaternion (wxyz) of a frame on a front whose z points into it and whose x points up."""

FROM_INSIDE = (0.0, -(0.5**0.5), 0.0, 0.5**0.5)
"""Quaternion of a frame on the inside of a front: z points towards -x and x up."""

OUT_OF = (0.5, -0.5, 0.5, -0.5)
"""Quaternion of a frame on a front whose z points out of it, x to the right and y up."""


def sign(side: Side) -> float:
    """Of y on that side."""
    return 1.0 if side == "left" else -1.0


def add_leaf(
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    what: str,
    hinge_m: Sequence[float],
    axis: Sequence[float],
    opens_rad: float,
    friction_nm: float = 0.03,
) -> mujoco.MjsBody:
    """A part that turns: body and joint are both named ``<body>_<what>``.

    Args:
        spec: the model.
        body: what it hangs on; the two do not collide, the hinge alone guides.
        what: its name.
        hinge_m: [3] origin of the leaf, on the hinge's line, in the frame of `body`.
        axis: [3] of the hinge; positive angles open.
        opens_rad: where it stops.
        friction_nm: what keeps it where it is.
    """
    leaf = body.add_body(name=f"{body.name}_{what}", pos=list(hinge_m))
    leaf.add_joint(
        name=leaf.name,
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=list(axis),
        range=[0.0, opens_rad],
        damping=0.06,
        frictionloss=friction_nm,
        armature=0.002,
        solref_limit=[0.01, 1.0],
    )
    spec.add_exclude(bodyname1=body.name, bodyname2=leaf.name)
    return leaf


def add_shell(
    body: mujoco.MjsBody,
    low_m: Sequence[float],
    high_m: Sequence[float],
    wall_m: float,
    outside: Rgba,
    inside: Rgba,
) -> None:
    """A box between two corners [3] that is open towards -x, with a lining of its own colour."""
    low, high = np.array(low_m), np.array(high_m)
    middle, half, t = 0.5 * (low + high), 0.5 * (high - low), 0.5 * wall_m
    mass = 1.0
    for axis in (1, 2):
        for end in (-1.0, 1.0):
            position, size = middle.copy(), half.copy()
            position[axis] += end * (half[axis] - t)
            size[axis] = t
            if axis == 1:
                size[2] -= 2 * t
            add_box(body, position, size, mass, rgba=outside)
            position[axis] -= end * (t + 0.0005)
            size = half - 2 * t
            size[axis] = 0.0005
            paint_box(body, position, size, inside)
    back = [high[0] - t, middle[1], middle[2]]
    add_box(body, back, [t, half[1] - 2 * t, half[2] - 2 * t], mass, rgba=outside)
    back[0] -= t + 0.0005
    paint_box(body, back, [0.0005, half[1] - 2 * t, half[2] - 2 * t], inside)


def paint(
    body: mujoco.MjsBody,
    kind: mujoco.mjtGeom,
    position_m: Sequence[float] | NDArray[np.float64],
    size_m: Sequence[float] | NDArray[np.float64],
    rgba: Rgba,
    quat_wxyz: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
) -> mujoco.MjsGeom:
    """A shape that is seen and does not collide or weigh."""
    return body.add_geom(
        type=kind,
        pos=list(position_m),
        quat=list(quat_wxyz),
        size=[*size_m, *[0.0] * (3 - len(size_m))],
        rgba=list(rgba),
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=VISUAL_GROUP,
    )


def paint_box(
    body: mujoco.MjsBody,
    position_m: Sequence[float] | NDArray[np.float64],
    half_m: Sequence[float] | NDArray[np.float64],
    rgba: Rgba,
) -> mujoco.MjsGeom:
    """A box that is only seen."""
    return paint(body, mujoco.mjtGeom.mjGEOM_BOX, position_m, half_m, rgba)


def paint_cylinder(
    body: mujoco.MjsBody,
    position_m: Sequence[float],
    radius_m: float,
    half_m: float,
    rgba: Rgba,
    quat_wxyz: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
) -> mujoco.MjsGeom:
    """A cylinder that is only seen; upright unless turned."""
    kind = mujoco.mjtGeom.mjGEOM_CYLINDER
    return paint(body, kind, position_m, [radius_m, half_m], rgba, quat_wxyz)


def add_bar_handle(
    leaf: mujoco.MjsBody,
    front_m: Sequence[float],
    length_m: float,
    *,
    standoff_m: float = 0.045,
    side_m: float = 0.012,
    rgba: Rgba = CHROME,
) -> None:
    """A vertical bar on two posts in front of a leaf.

    The site ``<leaf>_handle`` is where a hand that comes from above grasps it: below its upper end,
    z into the door, x up.

    Args:
        leaf: the door.
        front_m: [3] point of the door's front behind the bar's middle.
        length_m: of the bar.
        standoff_m: from the front to the bar's axis.
        side_m: of the bar's square section.
        rgba: colour.
    """
    x, y, z = front_m
    half, bar_x = 0.5 * side_m, x - standoff_m
    add_box(leaf, [bar_x, y, z], [half, half, 0.5 * length_m], 0.04, rgba=rgba)
    post = 0.5 * (standoff_m - half)
    for end in (-1.0, 1.0):
        place = [x - post, y, z + end * (0.5 * length_m - half)]
        add_box(leaf, place, [post, half, half], 0.01, rgba=rgba)
    add_mark(leaf, "handle", [bar_x, y, z + 0.2 * length_m])


def add_mark(
    body: mujoco.MjsBody, what: str, position_m: Sequence[float], quat_wxyz: Sequence[float] = INTO
) -> None:
    """A site ``<body>_<what>`` for experts and judges; nobody sees it."""
    body.add_site(
        name=f"{body.name}_{what}", pos=list(position_m), quat=list(quat_wxyz), group=SITE_GROUP
    )
