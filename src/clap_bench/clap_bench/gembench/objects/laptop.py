"""Laptops: a base with keyboard, a lid with a screen, and a hinge that keeps the lid's angle."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.hinged import (
    DARK,
    SITE_GROUP,
    add_leaf,
    paint,
    paint_box,
    paint_cylinder,
)
from clap_bench.gembench.objects.laptop_prints import desktop, keyboard
from clap_bench.gembench.objects.pictures import add_picture
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box

_SHEET_M = 0.0004
"""Half the thickness of what is printed or glued on."""

_PLAY_M = 0.001
"""Between base and closed lid."""

_STIFF_FRICTION = [0.999, 0.999, 0.001, 0.5, 2.0]
"""MuJoCo's own setting lets a lid creep by 2 degrees a second under its weight."""

_FACE_UP = (1.0, 0.0, 0.0, 0.0)
_FACE_DOWN = (0.0, 1.0, 0.0, 0.0)
"""Quaternion (wxyz) of a frame on the lower side of something: half a turn about x."""


@dataclass(frozen=True)
class Laptop(Thing):
    """An office laptop, 0.28 m wide (y) and 0.19 m deep; it faces -x, its hinge is at +x.

    The lid turns about y: 0 closed, up to 2.35 rad. Its front edge stands `lip_m` out over the
    base's, 27 mm above the table, so that a finger gets under it. Joint and body of the lid are
    named ``<body>_lid``; the site ``<body>_edge`` is the middle of its front edge.
    """

    nouns: tuple[str, ...] = ("laptop", "notebook")
    movable: bool = False
    width_m: float = 0.28
    depth_m: float = 0.19
    foot_m: float = 0.008
    base_m: float = 0.018
    lid_m: float = 0.008
    lip_m: float = 0.018
    lid_kg: float = 0.12
    friction_nm: float = 0.22
    opens_rad: float = 2.35

    @property
    def footprint_radius_m(self) -> float:
        return float(np.hypot(0.5 * self.depth_m + self.lip_m, 0.5 * self.width_m))

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.width_m

    @property
    def top_m(self) -> float:
        """Height of the base's top with the keys."""
        return self.foot_m + self.base_m

    @property
    def height_m(self) -> float:
        return self.top_m + _PLAY_M + self.lid_m

    @property
    def lid_length_m(self) -> float:
        """From the hinge to the front edge of the lid."""
        return self.depth_m + self.lip_m

    @property
    def hinge_m(self) -> NDArray[np.float64]:
        """[3] middle of the hinge, inside the lid's thickness."""
        return np.array([0.5 * self.depth_m, 0.0, self.top_m + _PLAY_M + 0.5 * self.lid_m])

    def on_lid(self, angle_rad: float, from_hinge_m: float, out_m: float) -> NDArray[np.float64]:
        """[3] a point of the open lid's middle line.

        Args:
            angle_rad: of the lid.
            from_hinge_m: distance along the lid.
            out_m: from its middle plane; the back with the logo is positive, the screen negative.
        """
        c, s = np.cos(angle_rad), np.sin(angle_rad)
        along, out = np.array([-c, 0.0, s]), np.array([s, 0.0, c])
        return self.hinge_m + from_hinge_m * along + out_m * out

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_base(spec, body)
        lid = add_leaf(
            spec,
            body,
            "lid",
            self.hinge_m.tolist(),
            (0.0, 1.0, 0.0),
            self.opens_rad,
            self.friction_nm,
        )
        lid.joints[0].solimp_friction = _STIFF_FRICTION
        self._build_lid(spec, lid)
        lid.add_site(
            name=f"{body.name}_edge",
            pos=[-self.lid_length_m, 0.0, 0.0],
            size=[0.001] * 3,
            group=SITE_GROUP,
        )

    def _build_base(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        d, w, h = 0.5 * self.depth_m, 0.5 * self.width_m, 0.5 * self.base_m
        shell = COLOURS[self.colour]
        add_box(body, [0.0, 0.0, self.foot_m + h], [d, w, h], 0.8, rgba=shell)
        foot = 0.5 * self.foot_m
        for x in (-1.0, 1.0):
            for y in (-1.0, 1.0):
                at = [x * (d - 0.02), y * (w - 0.02), foot]
                paint_box(body, at, [0.01, 0.01, foot], DARK)
        top = self.top_m + _SHEET_M
        keys = keyboard(wide=self.width_m > 0.25)
        area = (0.52 * d, 0.90 * w, _SHEET_M)
        add_picture(spec, body, "keys", keys, [0.20 * d, 0.0, top], area, _FACE_UP)
        paint_box(body, [-0.66 * d, 0.0, top], [0.22 * d, 0.25 * w, _SHEET_M], _shade(shell, 0.75))
        self._build_hinges(body)

    def _build_hinges(self, body: mujoco.MjsBody) -> None:
        along_y = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
        paint_cylinder(body, self.hinge_m.tolist(), 0.006, 0.33 * self.width_m, DARK, along_y)

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        length, w, t = 0.5 * self.lid_length_m, 0.5 * self.width_m, 0.5 * self.lid_m
        shell = COLOURS[self.colour]
        add_box(lid, [-length, 0.0, 0.0], [length, w, t], self.lid_kg, rgba=shell)
        paint_box(lid, [-length, 0.0, -t], [length - 0.003, w - 0.003, _SHEET_M], DARK)
        inner = (0.86 * length, 0.92 * w, _SHEET_M)
        at = [-1.02 * length, 0.0, -t - _SHEET_M]
        add_picture(spec, lid, "screen", desktop(), at, inner, _FACE_DOWN)
        self._build_back(lid, -length, t)

    def _build_back(self, lid: mujoco.MjsBody, middle_x: float, top_z: float) -> None:
        """A round logo with a bar, in the middle of the lid's back."""
        pale = COLOURS["white"]
        paint_cylinder(lid, [middle_x, 0.0, top_z], 0.022, 2 * _SHEET_M, pale)
        paint_cylinder(lid, [middle_x, 0.0, top_z], 0.015, 3 * _SHEET_M, COLOURS[self.colour])
        paint_box(lid, [middle_x - 0.016, 0.0, top_z], [0.010, 0.004, 4 * _SHEET_M], pale)


@dataclass(frozen=True)
class RuggedLaptop(Laptop):
    """A small and thick one for outdoors, 0.22 m wide and 0.165 m deep, with orange bumpers on
    its corners and a carrying handle on its front; its hinge is stiffer, its lid has no lip."""

    width_m: float = 0.22
    depth_m: float = 0.165
    foot_m: float = 0.004
    base_m: float = 0.030
    lid_m: float = 0.016
    lip_m: float = 0.0
    lid_kg: float = 0.20
    friction_nm: float = 0.30
    bumper: str = "orange"
    bumper_m: float = 0.026
    handle_m: float = 0.035

    @property
    def footprint_radius_m(self) -> float:
        return float(np.hypot(0.5 * self.depth_m + self.handle_m, 0.5 * self.width_m))

    def _build_base(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        super()._build_base(spec, body)
        d, w = 0.5 * self.depth_m, 0.5 * self.width_m
        z, half = self.foot_m + 0.5 * self.base_m, 0.5 * self.base_m - 0.001
        self._bump(body, (-d, d), z, half)
        bar = 0.006
        add_box(body, [-d - self.handle_m, 0.0, z], [bar, 0.5 * w, bar], 0.03, rgba=DARK)
        for side in (-0.45 * w, 0.45 * w):
            at = [-d - 0.5 * self.handle_m, side, z]
            add_box(body, at, [0.5 * self.handle_m, bar, bar], 0.01, rgba=DARK)

    def _build_hinges(self, body: mujoco.MjsBody) -> None:
        along_y = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
        for side in (-1.0, 1.0):
            at = self.hinge_m + np.array([0.0, side * 0.28 * self.width_m, 0.0])
            paint_cylinder(body, at.tolist(), 0.011, 0.022, DARK, along_y)

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        super()._build_lid(spec, lid)
        self._bump(lid, (-self.lid_length_m,), 0.0, 0.5 * self.lid_m + 0.0015)

    def _build_back(self, lid: mujoco.MjsBody, middle_x: float, top_z: float) -> None:
        """A raised panel with a cross-shaped logo."""
        paint_box(lid, [middle_x, 0.0, top_z], [0.045, 0.07, 2 * _SHEET_M], DARK)
        for half in ([0.020, 0.006], [0.006, 0.020]):
            at = [middle_x, 0.0, top_z]
            paint_box(lid, at, [*half, 4 * _SHEET_M], COLOURS[self.bumper])

    def _bump(self, body: mujoco.MjsBody, ends_m: tuple[float, ...], z: float, half: float) -> None:
        """Rubber around the corners at these x."""
        for x in ends_m:
            for side in (-0.5, 0.5):
                at = [x, side * self.width_m, z]
                upright = mujoco.mjtGeom.mjGEOM_CYLINDER
                paint(body, upright, at, [0.5 * self.bumper_m, half], COLOURS[self.bumper])


def _shade(
    rgba: tuple[float, float, float, float], factor: float
) -> tuple[float, float, float, float]:
    r, g, b, alpha = rgba
    return r * factor, g * factor, b * factor, alpha
