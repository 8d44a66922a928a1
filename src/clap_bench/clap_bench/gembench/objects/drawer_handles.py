"""Handles of drawers, each with the way a hand opens a drawer by it.

A handle is built on a drawer that opens towards -x. It offers the site ``<tray>_handle`` in the
middle of what the hand holds: z points into the chest, x up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.extrusion import extruded
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box, add_skin
from clap_sim.world.surfaces import Surface, add_surface

Rgba = Sequence[float]

_INTO_WXYZ = (0.0, 0.5**0.5, 0.0, 0.5**0.5)
"""Of a frame whose z points along +x and whose x points up."""

_ALONG_X_WXYZ = (0.5**0.5, 0.0, 0.5**0.5, 0.0)
"""Of a frame whose z points along +x."""


@dataclass(frozen=True)
class Handle(ABC):
    """A handle.

    Attributes:
        rgba: colour.
        standoff_m: from the drawer's front to the middle of what the hand holds.
        tilt_rad: how far the hand points down when it comes.
        hooked: the closed fingers go behind it from above; otherwise they close on its sides.
    """

    rgba: Rgba = COLOURS["silver"]
    standoff_m: float = 0.026
    tilt_rad: float = float(np.radians(30.0))
    hooked: bool = False

    @property
    @abstractmethod
    def depth_m(self) -> float:
        """How far it stands out of the drawer's front."""

    @abstractmethod
    def form(self, spec: mujoco.MjSpec, tray: mujoco.MjsBody, front_m: Sequence[float]) -> None:
        """Add what is seen and what collides, before the point [3] of the drawer's front."""

    def build(self, spec: mujoco.MjSpec, tray: mujoco.MjsBody, front_m: Sequence[float]) -> None:
        """Add it before the point [3] of the drawer's front."""
        self.form(spec, tray, front_m)
        x, y, z = front_m
        place = [x - self.standoff_m, y, z]
        tray.add_site(name=f"{tray.name}_handle", pos=place, quat=list(_INTO_WXYZ), group=4)


@dataclass(frozen=True)
class Bar(Handle):
    """A bar of square section on two posts, by default 54 mm long: the hand takes its ends."""

    length_m: float = 0.054
    side_m: float = 0.012

    @property
    def depth_m(self) -> float:
        return self.standoff_m + 0.5 * self.side_m

    def form(self, spec: mujoco.MjSpec, tray: mujoco.MjsBody, front_m: Sequence[float]) -> None:
        x, y, z = front_m
        half, half_length = 0.5 * self.side_m, 0.5 * self.length_m
        add_box(tray, [x - self.standoff_m, y, z], [half, half_length, half], 0.03, rgba=self.rgba)
        post = 0.5 * (self.standoff_m - half)
        for end in (-1.0, 1.0):
            place = [x - post, y + end * (half_length - half), z]
            add_box(tray, place, [post, half, half], 0.01, rgba=self.rgba)


@dataclass(frozen=True)
class LongBar(Bar):
    """A bar that is too long to be taken by its ends: the fingers hook in behind it."""

    standoff_m: float = 0.046
    tilt_rad: float = float(np.radians(38.0))
    hooked: bool = True
    length_m: float = 0.20
    side_m: float = 0.010


@dataclass(frozen=True)
class Knob(Handle):
    """A round knob on a stem."""

    rgba: Rgba = COLOURS["black"]
    standoff_m: float = 0.028
    radius_m: float = 0.016

    @property
    def depth_m(self) -> float:
        return self.standoff_m + self.radius_m

    def form(self, spec: mujoco.MjSpec, tray: mujoco.MjsBody, front_m: Sequence[float]) -> None:
        x, y, z = front_m
        r = self.radius_m
        seen = {"contype": 0, "conaffinity": 0, "mass": 0.0, "group": VISUAL_GROUP}
        tray.add_geom(type=mujoco.mjtGeom.mjGEOM_ELLIPSOID, pos=[x - self.standoff_m, y, z],
                      size=[0.8 * r, r, r], rgba=list(self.rgba), **seen)  # fmt: skip
        stem = 0.5 * self.standoff_m
        tray.add_geom(type=mujoco.mjtGeom.mjGEOM_CYLINDER, pos=[x - stem, y, z],
                      quat=list(_ALONG_X_WXYZ), size=[0.4 * r, stem, 0.0], rgba=list(self.rgba),
                      **seen)  # fmt: skip
        # The flats that a pad finds on a small sphere by giving way.
        add_box(tray, [x - self.standoff_m, y, z], [0.55 * r, 0.92 * r, 0.55 * r], 0.03)
        add_box(tray, [x - stem, y, z], [stem, 0.35 * r, 0.35 * r], 0.01)


@dataclass(frozen=True)
class CupPull(Handle):
    """A quarter of a drum, 56 mm wide, open below: the hand takes its two ends."""

    standoff_m: float = 0.016
    width_m: float = 0.056
    radius_m: float = 0.030
    steps: int = 8

    @property
    def depth_m(self) -> float:
        return self.radius_m

    def form(self, spec: mujoco.MjSpec, tray: mujoco.MjsBody, front_m: Sequence[float]) -> None:
        x, y, z = front_m
        low = z - 0.4 * self.radius_m
        mesh = add_surface(spec, f"{tray.name}_cup", self._drum())
        add_skin(tray, mesh, self.rgba, [x, y, low])
        # The drum's profile as two steps.
        for depth, height in ((0.92, 0.45), (0.62, 0.80)):
            half = [0.5 * depth * self.radius_m, 0.5 * self.width_m, 0.5 * height * self.radius_m]
            add_box(tray, [x - half[0], y, low + half[2]], half, 0.02)

    def _drum(self) -> Surface:
        """Quarter of a drum along y: flat below (z = 0) and behind (x = 0)."""
        angles = np.linspace(0.5 * np.pi, np.pi, self.steps)
        rim = self.radius_m * np.column_stack([np.cos(angles), np.sin(angles)])
        return extruded(np.vstack([rim, [[0.0, 0.0]]]), self.width_m)
