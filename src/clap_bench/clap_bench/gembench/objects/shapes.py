"""Toys to pick up: cube, cylinder, star, crescent moon, rubber duck."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.blobs import add_blob
from clap_bench.gembench.objects.slabs import slab
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_foot, add_prism, add_skin
from clap_sim.world.surfaces import add_surface, lathe

_FOOT_M = 0.001
"""Everything but the foot starts this high above the bottom."""


@dataclass(frozen=True)
class Shape(Thing):
    """A toy that the hand takes from above.

    The site ``<body>_grasp`` is where the TCP closes: the fingers move along the site's y axis.

    Attributes:
        turns: the grasp repeats with every 1 / turns of a full turn about the toy's z axis.
        grasp_yaw_rad: of the site.
        mass_kg: of the whole.
    """

    turns: int = 1
    grasp_yaw_rad: float = 0.0
    mass_kg: float = 0.06

    @property
    @abstractmethod
    def grasp_m(self) -> tuple[float, float, float]:
        """Place of the grasp in the toy's frame."""

    @abstractmethod
    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Add what is seen and what collides."""

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self.form(spec, body)
        half = 0.5 * self.grasp_yaw_rad
        body.add_site(
            name=f"{body.name}_grasp",
            pos=list(self.grasp_m),
            quat=[np.cos(half), 0.0, 0.0, np.sin(half)],
        )


@dataclass(frozen=True)
class Cube(Shape):
    """A toy block of 45 mm."""

    nouns: tuple[str, ...] = ("block", "cube")
    turns: int = 4
    side_m: float = 0.045

    @property
    def footprint_radius_m(self) -> float:
        return self.side_m * float(np.sqrt(0.5))

    @property
    def height_m(self) -> float:
        return self.side_m

    @property
    def grasp_m(self) -> tuple[float, float, float]:
        return (0.0, 0.0, 0.5 * self.side_m)

    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = 0.5 * self.side_m
        add_box(body, [0.0, 0.0, half], [half] * 3, self.mass_kg, rgba=COLOURS[self.colour])


@dataclass(frozen=True)
class Cylinder(Shape):
    """A standing cylinder, 46 mm across and 60 mm high."""

    nouns: tuple[str, ...] = ("cylinder",)
    turns: int = 8
    radius_m: float = 0.023
    height_m: float = 0.060

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def grasp_m(self) -> tuple[float, float, float]:
        return (0.0, 0.0, 0.55 * self.height_m)

    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, h, bevel = self.radius_m, self.height_m, 0.0015
        profile = [(0.0, 0.0), (r - bevel, 0.0), (r, bevel), (r, h - bevel), (r - bevel, h),
                   (0.0, h)]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_skin", lathe(np.array(profile)))
        add_skin(body, skin, COLOURS[self.colour])
        add_foot(body, r - 0.002, _FOOT_M, 0.0)
        add_prism(body, r, (_FOOT_M, h), self.mass_kg, boxes=4)
        for geom in body.geoms:
            geom.condim = 6  # one that falls over should not roll off the table


@dataclass(frozen=True)
class Star(Shape):
    """A flat star with five blunt points, lying on the table: 64 mm across, 30 mm thick.

    A point lies on the x axis. The hand takes the two points beside it at their tips.
    """

    nouns: tuple[str, ...] = ("star",)
    turns: int = 5
    height_m: float = 0.030
    tip_m: float = 0.032
    tip_half_m: float = 0.0045
    notch_m: float = 0.0165

    @property
    def footprint_radius_m(self) -> float:
        return float(np.hypot(self.tip_m, self.tip_half_m))

    @property
    def grasp_m(self) -> tuple[float, float, float]:
        beside = 2.0 * np.pi / 5.0
        outermost = self.tip_m * np.cos(beside) - self.tip_half_m * np.sin(beside)
        return (float(outermost), 0.0, 0.5 * self.height_m)

    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        corners = []
        for point in range(5):
            angle = 2.0 * np.pi * point / 5.0
            notch = angle + np.pi / 5.0
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            tips = np.array([[self.tip_m, -self.tip_half_m], [self.tip_m, self.tip_half_m]]) @ turn
            corners += [*tips, self.notch_m * np.array([np.cos(notch), np.sin(notch)])]
            self._add_point(body, angle)
        outline = np.array([*corners, corners[0]])
        surface = slab(outline, np.zeros_like(outline), self.height_m)
        skin = add_surface(spec, f"{body.name}_skin", surface)
        add_skin(body, skin, COLOURS[self.colour])
        add_foot(body, self.notch_m, _FOOT_M, 0.0)

    def _add_point(self, body: mujoco.MjsBody, angle_rad: float) -> None:
        """A slim box out to the tip, and a wider one near the middle."""
        wide = 0.5 * (self.tip_half_m + self.notch_m * np.sin(np.pi / 5.0))
        for reach, half_width in ((self.tip_m, self.tip_half_m), (0.6 * self.tip_m, wide)):
            _add_radial_box(body, angle_rad, (0.0, reach), half_width, self.height_m,
                            0.1 * self.mass_kg)  # fmt: skip


@dataclass(frozen=True)
class Moon(Shape):
    """A flat crescent moon, lying on the table: 72 mm across, 20 mm wide and 30 mm thick.

    The origin is the middle of its outer circle, the horns point to +x. The hand takes it in the
    middle, one finger in its bay.

    Attributes:
        radius_m: of the outer circle.
        bay_radius_m: of the circle that is cut out.
        bay_x_m: where the middle of that circle is.
    """

    nouns: tuple[str, ...] = ("moon", "crescent")
    grasp_yaw_rad: float = 0.5 * np.pi
    height_m: float = 0.030
    radius_m: float = 0.036
    bay_radius_m: float = 0.031
    bay_x_m: float = 0.015
    boxes: int = 9

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def grasp_m(self) -> tuple[float, float, float]:
        return (-self.radius_m + 0.5 * float(self._width_m(np.pi)), 0.0, 0.5 * self.height_m)

    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        angles = np.linspace(self._horn_rad(), 2.0 * np.pi - self._horn_rad(), 41)
        rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        inside = (self.radius_m - self._width_m(angles))[:, None] * rays
        surface = slab(self.radius_m * rays, inside, self.height_m)
        add_skin(body, add_surface(spec, f"{body.name}_skin", surface), COLOURS[self.colour])
        edges = np.linspace(angles[0], angles[-1], self.boxes + 1)
        for low, high in pairwise(edges):
            middle = 0.5 * (low + high)
            width = float(self._width_m(middle))
            # As long as the chord of the middle line, so that neighbours meet without bulging.
            half_length = (self.radius_m - 0.5 * width) * float(np.tan(0.5 * (high - low)))
            _add_radial_box(body, middle, (self.radius_m - width, self.radius_m), half_length,
                            self.height_m, self.mass_kg / self.boxes)  # fmt: skip
        for angle in (np.pi, 0.55 * np.pi, -0.55 * np.pi):
            along = self.radius_m - 0.5 * float(self._width_m(angle))
            add_box(
                body,
                [along * np.cos(angle), along * np.sin(angle), 0.5 * _FOOT_M],
                [0.004, 0.004, 0.5 * _FOOT_M],
                0.0,
            )

    def _horn_rad(self) -> float:
        """Direction of the upper horn's tip from the origin."""
        r, bay, x = self.radius_m, self.bay_radius_m, self.bay_x_m
        return float(np.arccos((r**2 - bay**2 + x**2) / (2.0 * x * r)))

    def _width_m(self, angle_rad: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Width of the crescent along the ray from the origin in a direction."""
        along = self.bay_x_m * np.cos(angle_rad)
        across = self.bay_x_m * np.sin(angle_rad)
        return np.asarray(self.radius_m - along - np.sqrt(self.bay_radius_m**2 - across**2))


@dataclass(frozen=True)
class Duck(Shape):
    """A rubber duck, 100 mm long, 54 mm wide and 84 mm high, that looks along +x.

    The hand takes it by the head.
    """

    nouns: tuple[str, ...] = ("rubber duck", "duck", "toy")
    height_m: float = 0.084
    head_m: tuple[float, float, float] = (0.020, 0.0, 0.064)
    head_radius_m: float = 0.020
    body_half_m: tuple[float, float, float] = (0.042, 0.027, 0.025)

    @property
    def footprint_radius_m(self) -> float:
        return 0.056

    @property
    def grasp_m(self) -> tuple[float, float, float]:
        return self.head_m

    def form(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._add_skins(body)
        x, y, z = self.body_half_m
        add_box(body, [0.0, 0.0, z], [0.75 * x, 0.75 * y, z], 0.7 * self.mass_kg)
        add_box(body, [0.0, 0.0, 1.1 * z], [0.9 * x, 0.9 * y, 0.6 * z], 0.1 * self.mass_kg)
        head = 0.5 * (self.height_m - 2.0 * z)
        side = 0.9 * self.head_radius_m
        add_box(body, [self.head_m[0], 0.0, 2.0 * z + head], [side, side, head],
                0.2 * self.mass_kg)  # fmt: skip

    def _add_skins(self, body: mujoco.MjsBody) -> None:
        colour = np.array(COLOURS[self.colour])
        shade = np.append(0.75 * colour[:3], 1.0)
        x, y, z = self.body_half_m
        hx, _, hz = self.head_m
        r = self.head_radius_m
        tail_tilt = (np.cos(0.4), 0.0, np.sin(0.4), 0.0)
        add_blob(body, (0.0, 0.0, z), self.body_half_m, colour)
        add_blob(body, (-0.86 * x, 0.0, 1.45 * z), (0.016, 0.013, 0.009), colour, tail_tilt)
        add_blob(body, self.head_m, (r, r, r), colour)
        add_blob(body, (hx + r, 0.0, hz - 0.003), (0.012, 0.010, 0.004), COLOURS["orange"])
        for side in (-1.0, 1.0):
            add_blob(body, (-0.008, 0.86 * side * y, 1.15 * z), (0.021, 0.007, 0.012), shade)
            eye = (hx + 0.72 * r, 0.52 * side * r, hz + 0.35 * r)
            add_blob(body, eye, (0.005, 0.005, 0.006), COLOURS["white"])
            pupil = (eye[0] + 0.003, eye[1] + 0.0015 * side, eye[2])
            add_blob(body, pupil, (0.003, 0.003, 0.004), COLOURS["black"])


def _add_radial_box(
    body: mujoco.MjsBody,
    angle_rad: float,
    reach_m: tuple[float, float],
    half_width_m: float,
    height_m: float,
    mass_kg: float,
) -> None:
    """A box along a ray from the z axis, from the bottom up."""
    low, high = reach_m
    middle = 0.5 * (low + high)
    add_box(
        body,
        [middle * np.cos(angle_rad), middle * np.sin(angle_rad), 0.5 * (height_m + _FOOT_M)],
        [0.5 * (high - low), half_width_m, 0.5 * (height_m - _FOOT_M)],
        mass_kg,
        quat_wxyz=(np.cos(0.5 * angle_rad), 0.0, 0.0, np.sin(0.5 * angle_rad)),
    )
