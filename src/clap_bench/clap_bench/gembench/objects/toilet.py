"""A small toilet with a tank, whose seat lies down and can be lifted."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.extrusion import frame, skinned
from clap_bench.gembench.objects.hinged import CHROME, paint_box, paint_cylinder
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import COLLISION_GROUP, OBJECT_FRICTION, add_box, add_skin
from clap_sim.world.surfaces import add_surface

_CERAMIC = (0.90, 0.91, 0.92, 1.0)
_WATER = (0.55, 0.75, 0.88, 1.0)

_OUTSIDE = (
    (0.000, 0.085, 0.055, 0.000),
    (0.000, 0.080, 0.050, 0.020),
    (-0.005, 0.066, 0.044, 0.065),
    (-0.025, 0.088, 0.068, 0.115),
    (-0.042, 0.105, 0.083, 0.148),
    (-0.045, 0.106, 0.085, 0.160),
)
_INSIDE = (
    (-0.045, 0.082, 0.062, 0.163),
    (-0.045, 0.078, 0.058, 0.150),
    (-0.038, 0.045, 0.036, 0.115),
)
"""Ellipses of the bowl: x of the middle, half length, half width, height [m]."""

_POINTS = 24
_SEAT_BOXES = 12
_TANK_X_M = (0.085, 0.150)


@dataclass(frozen=True)
class Toilet(Thing):
    """A toilet at two fifths of its size: 0.31 m long, 0.20 m wide, 0.32 m high.

    It faces -x of its frame. The seat, `colour`, is a ring on a hinge along y; its joint
    ``<body>_seat`` is 0 where it lies on the bowl, and it leans against the tank at 95 degrees.
    In front it stands out 21 mm over the bowl's rim: the site ``<body>_lip`` is in the middle of
    that edge, on the seat's underside.
    """

    nouns: tuple[str, ...] = ("toilet",)
    movable: bool = False
    hinge_m: tuple[float, float, float] = (0.062, 0.0, 0.166)
    seat_length_m: float = 0.234
    seat_thickness_m: float = 0.012
    seat_mass_kg: float = 0.25
    open_rad: float = float(np.radians(95.0))

    @property
    def footprint_radius_m(self) -> float:
        return 0.18

    @property
    def height_m(self) -> float:
        return 0.32

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_bowl(spec, body)
        self._build_tank(body)
        seat = body.add_body(name=f"{body.name}_seat", pos=list(self.hinge_m))
        seat.add_joint(
            name=seat.name,
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=[0.0, 1.0, 0.0],
            range=[0.0, self.open_rad],
            damping=0.02,
            frictionloss=0.01,
            armature=0.001,
        )
        # The hinge's stops hold the seat on the bowl and against the tank.
        spec.add_exclude(bodyname1=body.name, bodyname2=seat.name)
        self._build_seat(spec, seat)
        seat.add_site(name=f"{body.name}_lip", pos=[-self.seat_length_m, 0.0, 0.0], group=4)

    def _build_bowl(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        rings = [_ellipse(*row) for row in (*_OUTSIDE, *_INSIDE)]
        bottom, floor = rings[0].mean(axis=0), rings[-1].mean(axis=0)
        bowl = skinned([bottom[None], rings[0], *rings, floor[None]])
        add_skin(body, add_surface(spec, f"{body.name}_bowl", bowl), _CERAMIC)
        x, half_x, half_y, z = _INSIDE[-1]
        paint_cylinder(body, [x, 0.0, z], 0.95 * min(half_x, half_y), 0.004, _WATER)
        add_box(body, [0.0, 0.0, 0.05], [0.065, 0.040, 0.05], 2.0)
        add_box(body, [-0.040, 0.0, 0.13], [0.095, 0.065, 0.03], 2.0)
        for side in (-1.0, 1.0):
            paint_cylinder(body, [self.hinge_m[0], 0.040 * side, self.hinge_m[2] + 0.002], 0.009,
                           0.008, CHROME)  # fmt: skip

    def _build_tank(self, body: mujoco.MjsBody) -> None:
        low, high = _TANK_X_M
        x, half = 0.5 * (low + high), 0.5 * (high - low)
        add_box(body, [0.085, 0.0, 0.080], [0.065, 0.052, 0.080], 1.0, rgba=_CERAMIC)
        add_box(body, [x, 0.0, 0.228], [half, 0.094, 0.072], 1.0, rgba=_CERAMIC)
        lid = (0.84, 0.85, 0.87, 1.0)
        add_box(body, [x, 0.0, 0.309], [half + 0.006, 0.100, 0.009], 0.3, rgba=lid)
        paint_box(body, [low - 0.004, 0.070, 0.280], [0.005, 0.016, 0.005], CHROME)

    def _build_seat(self, spec: mujoco.MjSpec, seat: mujoco.MjsBody) -> None:
        """The ring, seen from its hinge."""
        half_length, half_width, wide = 0.112, 0.092, 0.034
        x = half_length - self.seat_length_m
        outer = _ellipse(x, half_length, half_width, 0.0)[:, :2]
        inner = _ellipse(x, half_length - wide, half_width - wide, 0.0)[:, :2]
        ring = frame(outer, inner, self.seat_thickness_m)
        rgba = COLOURS[self.colour]
        add_skin(seat, add_surface(spec, f"{seat.name}_ring", ring), rgba)
        thick = 0.5 * self.seat_thickness_m
        for side in (-1.0, 1.0):
            paint_box(seat, [-0.016, 0.040 * side, thick], [0.018, 0.011, thick], rgba)
        # A round lip rolls over the seams of the fingers that lift it; the boxes stay behind it.
        seat.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE, size=[thick, 0.03, 0.0],
            pos=[thick - self.seat_length_m, 0.0, thick], quat=[0.5**0.5, 0.5**0.5, 0.0, 0.0],
            mass=0.0, group=COLLISION_GROUP, friction=list(OBJECT_FRICTION), condim=4,
        )  # fmt: skip
        angles = 2.0 * np.pi * np.arange(_SEAT_BOXES) / _SEAT_BOXES
        middle = np.array([half_length, half_width]) - 0.5 * (wide + thick)
        for angle in angles:
            along = np.array([-middle[0] * np.sin(angle), middle[1] * np.cos(angle)])
            half_tangent = 0.5 * float(np.linalg.norm(along)) * 2.0 * np.pi / _SEAT_BOXES
            turn = 0.5 * float(np.arctan2(along[1], along[0]))
            add_box(
                seat,
                [x + middle[0] * np.cos(angle), middle[1] * np.sin(angle), thick],
                [half_tangent, 0.5 * (wide - thick), thick],
                self.seat_mass_kg / _SEAT_BOXES,
                quat_wxyz=(np.cos(turn), 0.0, 0.0, np.sin(turn)),
            )


def _ellipse(x_m: float, half_x_m: float, half_y_m: float, z_m: float) -> NDArray[np.float64]:
    """[K, 3] points of a level ellipse, counter-clockwise seen from above."""
    angles = 2.0 * np.pi * np.arange(_POINTS) / _POINTS
    return np.column_stack(
        [x_m + half_x_m * np.cos(angles), half_y_m * np.sin(angles), np.full(_POINTS, z_m)]
    )
