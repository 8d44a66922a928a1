"""Toys and vessels that no task has: solids with an outline, bodies of balls, cups of any size."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.blobs import add_blob
from clap_bench.gembench.objects.slabs import slab
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_foot, add_prism, add_skin
from clap_sim.world.surfaces import add_surface, lathe

Rng = np.random.Generator
Outline = NDArray[np.float64]

_MASS_KG = 0.06
_FOOT_M = 0.001
_CORNERS = 48


@dataclass(frozen=True)
class Slab(Thing):
    """A solid with an upright outline that can be seen whole from its middle.

    Attributes:
        outline_m: [K] distances of its corners from the middle, all around.
        high_m: its height.
    """

    outline_m: tuple[float, ...] = ()
    high_m: float = 0.03

    @property
    def footprint_radius_m(self) -> float:
        return max(self.outline_m)

    @property
    def body_radius_m(self) -> float:
        return min(self.outline_m)

    @property
    def height_m(self) -> float:
        return self.high_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        angles = np.linspace(0.0, 2.0 * np.pi, len(self.outline_m) + 1)
        away = np.append(self.outline_m, self.outline_m[0])
        outline = away[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        surface = slab(outline, np.zeros_like(outline), self.high_m)
        add_skin(body, add_surface(spec, f"{body.name}_skin", surface), COLOURS[self.colour])
        add_foot(body, self.body_radius_m, _FOOT_M, 0.0)
        add_prism(body, self.body_radius_m, (_FOOT_M, self.high_m), _MASS_KG)


@dataclass(frozen=True)
class Crescent(Thing):
    """A flat sickle, lying on the table.

    Attributes:
        radius_m: of its outer circle, which it is centred on.
        thick_m: its width in the middle.
        span_rad: between its two ends.
        high_m: its height.
    """

    nouns: tuple[str, ...] = ("crescent", "moon")
    radius_m: float = 0.036
    thick_m: float = 0.020
    span_rad: float = 4.0
    high_m: float = 0.03

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def height_m(self) -> float:
        return self.high_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        angles = np.pi + np.linspace(-0.5, 0.5, _CORNERS) * self.span_rad
        rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        width = self.thick_m * np.cos(np.linspace(-0.5, 0.5, _CORNERS) * np.pi)
        outer, inner = self.radius_m * rays, (self.radius_m - width)[:, None] * rays
        surface = slab(outer, inner, self.high_m)
        add_skin(body, add_surface(spec, f"{body.name}_skin", surface), COLOURS[self.colour])
        half = 0.5 * self.high_m
        middle = -self.radius_m + 0.5 * self.thick_m
        add_box(body, [middle, 0.0, half], [0.4 * self.thick_m, 0.4 * self.radius_m, half],
                _MASS_KG)  # fmt: skip


@dataclass(frozen=True)
class Animal(Thing):
    """A body, a head, a nose and perhaps ears or a tail, all of balls.

    Attributes:
        body_half_m: [3] half axes of the body.
        head_m: radius of the head.
        ears_m: length of ears; 0 for none.
        tail_m: length of a tail; 0 for none.
        nose: colour of the nose.
    """

    body_half_m: tuple[float, float, float] = (0.04, 0.026, 0.024)
    head_m: float = 0.018
    ears_m: float = 0.0
    tail_m: float = 0.0
    nose: str = "orange"

    @property
    def footprint_radius_m(self) -> float:
        return self.body_half_m[0] + self.head_m

    @property
    def body_radius_m(self) -> float:
        return self.body_half_m[1]

    @property
    def height_m(self) -> float:
        return 2.0 * self.body_half_m[2] + 1.5 * self.head_m + self.ears_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        colour = COLOURS[self.colour]
        x, y, z = self.body_half_m
        r = self.head_m
        head = (0.55 * x, 0.0, 2.0 * z + 0.5 * r)
        add_blob(body, (0.0, 0.0, z), self.body_half_m, colour)
        add_blob(body, head, (r, r, r), colour)
        nose = (head[0] + r, 0.0, head[2] - 0.2 * r)
        add_blob(body, nose, (0.5 * r, 0.4 * r, 0.25 * r), COLOURS[self.nose])
        for side in (-1.0, 1.0):
            eye = (head[0] + 0.75 * r, 0.5 * side * r, head[2] + 0.35 * r)
            add_blob(body, eye, (0.2 * r,) * 3, COLOURS["black"])
            if self.ears_m:
                ear = (head[0], 0.5 * side * r, head[2] + r + 0.4 * self.ears_m)
                add_blob(body, ear, (0.25 * r, 0.3 * r, 0.5 * self.ears_m), colour)
        if self.tail_m:
            tail = (-x - 0.3 * self.tail_m, 0.0, 1.3 * z)
            add_blob(body, tail, (0.5 * self.tail_m, 0.2 * y, 0.2 * y), colour)
        add_box(body, [0.0, 0.0, z], [0.7 * x, 0.7 * y, z], _MASS_KG)


@dataclass(frozen=True)
class Vessel(Thing):
    """A cup or bowl without a handle, as plain as a turner makes it.

    Attributes:
        foot_m, rim_m: radii below and above.
        high_m: its height.
        floor_m: height of its inner floor.
        wall_m: how thick it is.
    """

    foot_m: float = 0.024
    rim_m: float = 0.034
    high_m: float = 0.08
    floor_m: float = 0.006
    wall_m: float = 0.003

    @property
    def footprint_radius_m(self) -> float:
        return max(self.rim_m, self.foot_m)

    @property
    def height_m(self) -> float:
        return self.high_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        wall = self.wall_m
        profile = [(0.0, 0.0), (self.foot_m, 0.0), (self.rim_m, self.high_m),
                   (self.rim_m - wall, self.high_m), (self.foot_m - wall, self.floor_m),
                   (0.0, self.floor_m)]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_skin", lathe(np.array(profile)))
        add_skin(body, skin, COLOURS[self.colour])
        add_foot(body, self.foot_m, self.floor_m, _MASS_KG)


def star(colour: str, rng: Rng) -> Slab:
    """With four, six, seven or eight points."""
    points = int(rng.choice((4, 6, 7, 8)))
    radius_m = rng.uniform(0.026, 0.042)
    notch_m = radius_m * rng.uniform(0.40, 0.68)
    return Slab(
        colour, ("star",), outline_m=(radius_m, notch_m) * points, high_m=rng.uniform(0.018, 0.040)
    )


def heart(colour: str, rng: Rng) -> Slab:
    """A heart."""
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    size_m = rng.uniform(0.026, 0.036)
    lobes = 1.0 - 0.45 * np.abs(np.sin(0.5 * angles)) ** 0.3 + 0.25 * np.cos(angles) ** 2
    return Slab(colour, ("heart",), outline_m=_lengths(size_m * lobes),
                high_m=rng.uniform(0.018, 0.040))  # fmt: skip


def cross(colour: str, rng: Rng) -> Slab:
    """A cross with four equal arms."""
    radius_m, width = rng.uniform(0.028, 0.040), rng.uniform(0.25, 0.45)
    inner = width * np.sqrt(2.0) * radius_m
    tip = float(np.hypot(1.0, width)) * radius_m
    lean = float(np.arctan(width))
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    to_axis = np.abs((angles + 0.25 * np.pi) % (0.5 * np.pi) - 0.25 * np.pi)
    away = np.where(to_axis <= lean, radius_m / np.cos(to_axis),
                    width * radius_m / np.maximum(np.sin(to_axis), 0.1))  # fmt: skip
    return Slab(colour, ("cross",), outline_m=_lengths(np.clip(away, inner, tip)),
                high_m=rng.uniform(0.018, 0.036))  # fmt: skip


def prism(colour: str, rng: Rng) -> Slab:
    """With three, five or six sides."""
    sides, noun = ((3, "triangle"), (5, "pentagon"), (6, "hexagon"))[rng.integers(3)]
    return Slab(colour, (noun,), outline_m=(rng.uniform(0.022, 0.038),) * sides,
                high_m=rng.uniform(0.02, 0.05))  # fmt: skip


def cylinder(colour: str, rng: Rng) -> Slab:
    """Low or high."""
    return Slab(colour, ("cylinder", "roll", "can"), outline_m=(rng.uniform(0.016, 0.034),) * 32,
                high_m=rng.uniform(0.035, 0.090))  # fmt: skip


def brick(colour: str, rng: Rng) -> Slab:
    """A block with sides of any length."""
    half = rng.uniform(0.016, 0.034, 2)
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
    directions = np.abs([np.cos(angles), np.sin(angles)]).T
    outline = np.min(half / np.maximum(directions, 1e-6), axis=1)
    return Slab(colour, ("block", "brick", "cube"), outline_m=_lengths(outline),
                high_m=rng.uniform(0.025, 0.070))  # fmt: skip


def crescent(colour: str, rng: Rng) -> Crescent:
    """Slim or plump, open or nearly closed."""
    radius_m = rng.uniform(0.028, 0.044)
    return Crescent(colour, radius_m=radius_m, thick_m=radius_m * rng.uniform(0.35, 0.65),
                    span_rad=rng.uniform(3.2, 5.2), high_m=rng.uniform(0.016, 0.040))  # fmt: skip


def animal(colour: str, rng: Rng) -> Animal:
    """A duck, a rabbit, a mouse, ..., each with its own features."""
    kind = ("duck", "chick", "rabbit", "mouse", "dog", "toy animal")[rng.integers(6)]
    body = rng.uniform((0.030, 0.022, 0.020), (0.048, 0.032, 0.032))
    return Animal(
        colour,
        (kind, f"rubber {kind}", "toy"),
        body_half_m=(float(body[0]), float(body[1]), float(body[2])),
        head_m=rng.uniform(0.014, 0.024),
        ears_m={"rabbit": rng.uniform(0.02, 0.04), "mouse": 0.014, "dog": 0.016}.get(kind, 0.0),
        tail_m={"mouse": 0.03, "dog": 0.02, "duck": 0.012}.get(kind, 0.0),
        nose="orange" if kind in ("duck", "chick") else "black",
    )


def vessel(colour: str, rng: Rng) -> Vessel:
    """A cup or a bowl."""
    if rng.random() < 0.7:
        rim = rng.uniform(0.028, 0.042)
        return Vessel(colour, ("cup", "beaker", "tumbler"), foot_m=rim * rng.uniform(0.6, 1.0),
                      rim_m=rim, high_m=rng.uniform(0.055, 0.100),
                      floor_m=rng.uniform(0.004, 0.020))  # fmt: skip
    rim = rng.uniform(0.045, 0.065)
    return Vessel(colour, ("bowl",), foot_m=0.5 * rim, rim_m=rim,
                  high_m=rng.uniform(0.030, 0.050), floor_m=rng.uniform(0.004, 0.012))  # fmt: skip


TOYS = (star, heart, cross, prism, cylinder, brick, crescent, animal, vessel, brick, cylinder)
"""Functions of a colour and a random generator."""


def _lengths(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
