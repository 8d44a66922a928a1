"""A barbecue grill on wheels with a hinged lid."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.extrusion import extruded
from clap_bench.gembench.objects.hinged import CHROME, DARK, paint_box, paint_cylinder
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_skin
from clap_sim.world.surfaces import add_surface

_ALONG_Y = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
"""Quaternion (wxyz) of a frame whose z points along -y."""

_ALONG_X = (0.5**0.5, 0.0, 0.5**0.5, 0.0)
"""Of a frame whose z points along x."""

_LID_XZ = (
    (0.0, 0.0), (0.0, 0.036), (-0.028, 0.064), (-0.075, 0.077), (-0.122, 0.068), (-0.164, 0.042),
    (-0.185, 0.036), (-0.185, 0.0),
)  # fmt: skip
"""Profile of the lid, seen from its hinge [m]."""

_LID_HALF_Y_M = 0.125
_DIAL_M = (-0.146, 0.0, 0.056)
_DIAL_TILT_RAD = -0.56

_BOX_XZ = ((0.095, 0.0), (0.095, 0.030), (-0.095, 0.030), (-0.095, 0.0), (-0.070, -0.045),
           (0.070, -0.045))  # fmt: skip
"""Profile of the firebox, seen from `_BOX_Z_M` above the table."""

_BOX_Z_M = 0.135
_STEEL = (0.55, 0.56, 0.58, 1.0)
_GLOW = (0.75, 0.20, 0.05, 1.0)


@dataclass(frozen=True)
class Grill(Thing):
    """A grill: firebox with a grate at 0.165 m, side shelves, legs, two wheels, a gas bottle.

    It faces -x of its frame. The lid, `colour`, turns about a hinge along y at the back; its joint
    ``<body>_lid`` is 0 closed. A damper lets it fall softly. Its handle is a bar along y, 0.15 m
    long and 12 mm square; the site ``<body>_handle`` is in its middle.

    Attributes:
        open_rad: where the lid's stop is, and where it stands open.
    """

    nouns: tuple[str, ...] = ("grill", "barbecue")
    movable: bool = False
    open_rad: float = float(np.radians(95.0))
    hinge_m: tuple[float, float, float] = (0.095, 0.0, 0.168)
    bar_m: tuple[float, float, float] = (-0.217, 0.0, 0.020)
    bar_length_m: float = 0.15
    bar_side_m: float = 0.012
    lid_mass_kg: float = 0.4

    @property
    def footprint_radius_m(self) -> float:
        return 0.23

    @property
    def height_m(self) -> float:
        return self.hinge_m[2] + max(z for _, z in _LID_XZ)

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_firebox(spec, body)
        self._build_cart(body)
        lid = body.add_body(name=f"{body.name}_lid", pos=list(self.hinge_m))
        lid.add_joint(
            name=lid.name,
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=[0.0, 1.0, 0.0],
            range=[0.0, self.open_rad],
            damping=0.25,
            frictionloss=0.01,
            armature=0.002,
        )
        # The hinge's stops hold the lid on the firebox and open.
        spec.add_exclude(bodyname1=body.name, bodyname2=lid.name)
        self._build_lid(spec, lid)
        self._build_handle(lid)
        lid.add_site(name=f"{body.name}_handle", pos=list(self.bar_m), group=4)

    def _build_firebox(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        shape = extruded(np.array(_BOX_XZ), 2.0 * _LID_HALF_Y_M)
        skin = add_surface(spec, f"{body.name}_firebox", shape)
        add_skin(body, skin, DARK, [0.0, 0.0, _BOX_Z_M])
        add_box(body, [0.0, 0.0, 0.128], [0.092, _LID_HALF_Y_M, 0.036], 2.0)
        paint_box(body, [0.0, 0.0, 0.1655], [0.086, 0.116, 0.001], _GLOW)
        for k in range(12):
            y = (k - 5.5) * 0.019
            paint_box(body, [0.0, y, 0.167], [0.086, 0.0055, 0.0012], (0.22, 0.22, 0.23, 1.0))
        for y in (-0.07, 0.0, 0.07):
            paint_cylinder(body, [-0.098, y, 0.148], 0.011, 0.005, CHROME, _ALONG_X)
            paint_box(body, [-0.104, y, 0.148], [0.001, 0.0018, 0.009], _GLOW)

    def _build_cart(self, body: mujoco.MjsBody) -> None:
        for side in (-1.0, 1.0):
            shelf_y = side * (_LID_HALF_Y_M + 0.038)
            add_box(body, [0.0, shelf_y, 0.155], [0.085, 0.035, 0.006], 0.2, rgba=COLOURS["wood"])
            for x in (-0.065, 0.065):
                leg_y = side * (_LID_HALF_Y_M - 0.02)
                add_box(body, [x, leg_y, 0.05], [0.006, 0.006, 0.05], 0.2, rgba=_STEEL)
        for x in (-0.065, 0.065):
            paint_cylinder(body, [x, -_LID_HALF_Y_M + 0.005, 0.027], 0.027, 0.007, DARK, _ALONG_Y)
            paint_cylinder(body, [x, -_LID_HALF_Y_M + 0.003, 0.027], 0.013, 0.007, CHROME, _ALONG_Y)
        add_box(body, [0.0, 0.0, 0.026], [0.072, 0.11, 0.004], 0.3, rgba=_STEEL)
        paint_cylinder(body, [0.0, 0.03, 0.052], 0.030, 0.022, COLOURS["red"])
        paint_cylinder(body, [0.0, 0.03, 0.078], 0.010, 0.006, CHROME)

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        shape = extruded(np.array(_LID_XZ), 2.0 * _LID_HALF_Y_M)
        skin = add_surface(spec, f"{lid.name}_skin", shape)
        add_skin(lid, skin, COLOURS[self.colour])
        paint_box(
            lid, [-0.093, 0.0, 0.0], [0.084, _LID_HALF_Y_M - 0.008, 0.001], (0.3, 0.3, 0.31, 1)
        )
        half_mass = 0.5 * self.lid_mass_kg
        add_box(lid, [-0.0925, 0.0, 0.018], [0.0915, _LID_HALF_Y_M, 0.018], half_mass)
        add_box(lid, [-0.077, 0.0, 0.050], [0.055, _LID_HALF_Y_M, 0.022], half_mass)
        turn = 0.5 * _DIAL_TILT_RAD
        quat = (np.cos(turn), 0.0, np.sin(turn), 0.0)
        paint_cylinder(lid, _DIAL_M, 0.020, 0.004, CHROME, quat)
        paint_cylinder(lid, _DIAL_M, 0.016, 0.005, COLOURS["white"], quat)

    def _build_handle(self, lid: mujoco.MjsBody) -> None:
        x, _, z = self.bar_m
        half, half_length = 0.5 * self.bar_side_m, 0.5 * self.bar_length_m
        add_box(lid, [x, 0.0, z], [half, half_length, half], 0.03, rgba=CHROME)
        front = min(corner for corner, _ in _LID_XZ)
        post = 0.5 * (front - x)
        for end in (-1.0, 1.0):
            place = [x + post, end * (half_length - 2.0 * half), z]
            add_box(lid, place, [post, half, half], 0.01, rgba=CHROME)
