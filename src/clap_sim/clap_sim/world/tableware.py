"""Mug, plate and bowl: hollow, with smooth meshes to see and boxes to touch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_foot, add_prism, add_ring, add_skin
from clap_sim.world.surfaces import add_surface, lathe, tube

_FOOT_M = 0.001
"""Walls start this high above the bottom, so that only the foot touches the table."""


@dataclass(frozen=True)
class Mug:
    """A mug of 80 mm, too wide for the hand: it is taken by the handle or by the rim.

    A cylinder of outer radius 40 mm and height 95 mm with 4 mm walls and a 6 mm bottom; 0.25 kg.
    The handle points along +x of the mug's frame: a D from 22 to 78 mm above the bottom whose
    upright bar ends 34 mm beyond the wall (74 mm from the axis), 12 mm wide across (along y) and
    9 mm thick, with a 25 mm gap between wall and bar.
    """

    colour: str
    nouns: tuple[str, ...] = ("mug", "cup")
    movable: bool = True
    radius_m: float = 0.040
    height_m: float = 0.095
    wall_m: float = 0.004
    floor_m: float = 0.006
    handle_reach_m: float = 0.034
    handle_width_m: float = 0.012
    handle_thickness_m: float = 0.009
    handle_z_m: tuple[float, float] = (0.022, 0.078)
    mass_kg: float = 0.25

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m + self.handle_reach_m

    @property
    def body_radius_m(self) -> float:
        return self.radius_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        inside = float(np.hypot(point_m[0], point_m[1])) < self.radius_m - self.wall_m
        return inside and 0.0 <= point_m[2] < self.height_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, h, w, f = self.radius_m, self.height_m, self.wall_m, self.floor_m
        profile = [
            (0.0, 0.0), (r - 0.004, 0.0), (r, 0.004), (r, h - 0.001), (r - 0.001, h),
            (r - w + 0.001, h), (r - w, h - 0.001), (r - w, f + 0.003), (r - w - 0.003, f),
            (0.0, f),
        ]  # fmt: skip
        rgba = COLOURS[self.colour]
        add_skin(body, add_surface(spec, f"{body.name}_cup", lathe(np.array(profile), 48)), rgba)
        handle = tube(self._handle_path(), self.handle_width_m, self.handle_thickness_m)
        add_skin(body, add_surface(spec, f"{body.name}_handle", handle), rgba)

        add_foot(body, r - 0.002, _FOOT_M, 0.0)
        add_prism(body, r - w, (_FOOT_M, f), 0.20 * self.mass_kg)
        middle = r - 0.5 * w
        add_ring(body, (middle, _FOOT_M), (middle, h), w, 0.70 * self.mass_kg)
        self._add_handle_boxes(body)

    def _handle_path(self) -> NDArray[np.float64]:
        """Middle line of the handle in the mug's x-z plane, from top to bottom: [K, 3]."""
        low, high = self.handle_z_m
        half = 0.5 * (high - low - self.handle_thickness_m)
        reach = self.handle_reach_m - 0.5 * self.handle_thickness_m
        angles = np.linspace(0.5 * np.pi, -0.5 * np.pi, 25)
        # A superellipse: a round D with an upright bar.
        x = reach * np.abs(np.cos(angles)) ** 0.6
        z = half * np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** 0.6
        inside = self.radius_m - 0.5 * self.wall_m
        path = np.stack([self.radius_m + x, np.zeros_like(x), 0.5 * (low + high) + z], axis=1)
        ends = path[[0, -1]].copy()
        ends[:, 0] = inside
        return np.concatenate([ends[:1], path, ends[1:]])

    def _add_handle_boxes(self, body: mujoco.MjsBody) -> None:
        low, high = self.handle_z_m
        thick, half_y = 0.5 * self.handle_thickness_m, 0.5 * self.handle_width_m
        outer = self.radius_m + self.handle_reach_m
        mass = 0.10 * self.mass_kg / 3.0
        bar_half = 0.5 * (high - low) - 2.0 * thick
        middle_z = 0.5 * (low + high)
        add_box(body, [outer - thick, 0.0, middle_z], [thick, half_y, bar_half + thick], mass)
        arm_half = 0.5 * (self.handle_reach_m - thick)
        for z in (high - thick, low + thick):
            add_box(body, [self.radius_m + arm_half, 0.0, z], [arm_half, half_y, thick], mass)


@dataclass(frozen=True)
class Plate:
    """A dinner plate: a flat disc of radius 65 mm under a rim rising to radius 100 mm.

    Its flat floor is 6 mm above the table, its rim ends 20 mm above it and is 4 mm thick; 0.35 kg.
    """

    colour: str
    nouns: tuple[str, ...] = ("plate", "dish")
    movable: bool = True
    radius_m: float = 0.100
    flat_radius_m: float = 0.065
    height_m: float = 0.020
    floor_m: float = 0.006
    mass_kg: float = 0.35

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def body_radius_m(self) -> float:
        return self.radius_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        return False

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, flat, h, f = self.radius_m, self.flat_radius_m, self.height_m, self.floor_m
        wall = 0.004
        profile = [
            (0.0, 0.0), (flat - 0.006, 0.0), (flat, 0.002), (r, h - wall), (r, h - 0.001),
            (r - 0.002, h), (flat + 0.002, f + 0.001), (flat - 0.004, f), (0.0, f),
        ]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_disc", lathe(np.array(profile), 56))
        add_skin(body, skin, COLOURS[self.colour])
        add_foot(body, flat, _FOOT_M, 0.0)
        add_prism(body, flat, (_FOOT_M, f), 0.5 * self.mass_kg, boxes=3)
        add_ring(body, (flat, f - 0.5 * wall), (r, h - 0.5 * wall), wall, 0.5 * self.mass_kg, 16)


@dataclass(frozen=True)
class Bowl:
    """A bowl: round walls from a foot of radius 35 mm to radius 75 mm at 35 mm height.

    From there its wall stands upright to 60 mm. Walls are 4 mm thick, the floor inside is 7 mm
    above the table; 0.20 kg. It is taken by the upright part of the wall.
    """

    colour: str
    nouns: tuple[str, ...] = ("bowl",)
    movable: bool = True
    radius_m: float = 0.075
    foot_radius_m: float = 0.035
    round_height_m: float = 0.035
    height_m: float = 0.060
    wall_m: float = 0.004
    floor_m: float = 0.007
    mass_kg: float = 0.20

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def body_radius_m(self) -> float:
        return self.radius_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        inside = float(np.hypot(point_m[0], point_m[1])) < self.radius_m - self.wall_m
        return inside and 0.0 <= point_m[2] < self.height_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        outer = self._outer_profile()
        inner = outer[::-1] + np.array([-self.wall_m, 0.0])
        inner = inner[inner[:, 1] > self.floor_m]
        floor = [(self.foot_radius_m, self.floor_m), (0.0, self.floor_m)]
        start = [(0.0, 0.0), (self.foot_radius_m - 0.002, 0.0)]
        profile = np.concatenate([start, outer, inner, floor])
        skin = add_surface(spec, f"{body.name}_shell", lathe(profile, 56))
        add_skin(body, skin, COLOURS[self.colour])

        add_foot(body, self.foot_radius_m, _FOOT_M, 0.0)
        add_prism(body, self.foot_radius_m, (_FOOT_M, self.floor_m), 0.25 * self.mass_kg, boxes=3)
        knots = outer[[0, 5, -2, -1]] - np.array([0.5 * self.wall_m, 0.0])
        knots[0, 1] = 0.5 * self.floor_m
        share = 0.75 * self.mass_kg / 3.0
        for low, high in pairwise(knots):
            add_ring(body, tuple(low), tuple(high), self.wall_m, share, segments=16)

    def _outer_profile(self) -> NDArray[np.float64]:
        """[10, 2] radius and height: a quarter of an ellipse, then the upright part to the rim."""
        t = np.linspace(0.0, 0.5 * np.pi, 9)
        r = self.foot_radius_m + (self.radius_m - self.foot_radius_m) * np.sin(t)
        z = 0.002 + (self.round_height_m - 0.002) * (1.0 - np.cos(t))
        return np.append(np.stack([r, z], axis=1), [[self.radius_m, self.height_m]], axis=0)
