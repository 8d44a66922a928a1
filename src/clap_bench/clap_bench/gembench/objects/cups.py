"""Cups without a handle that nest in each other."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_foot, add_ring, add_skin
from clap_sim.world.surfaces import add_surface, lathe

_FOOT_M = 0.001
"""Walls start this high above the bottom, so that only the foot touches the table."""


@dataclass(frozen=True)
class Cup(Thing):
    """A tumbler of 80 mm that is 69 mm wide at the rim, with walls of 2.5 mm.

    It is seen as a plain cone. To the touch it is a cone of radius 20 mm below and 30.5 mm above
    with an upright collar of 34.5 mm, so that the fingers lie flat on the wall: never more than
    3 mm from what is seen. It is taken by the collar, the upper 22 mm. Another cup put into it
    stands on its floor, 24 mm above its bottom: collar above collar, with 1.5 mm of play.

    Attributes:
        foot_radius_m: of the skin at the bottom.
        bottom_radius_m, neck_radius_m, radius_m: of the collision cone below and above, and of
            the collar.
    """

    nouns: tuple[str, ...] = ("cup", "beaker")
    foot_radius_m: float = 0.023
    bottom_radius_m: float = 0.020
    neck_radius_m: float = 0.0305
    radius_m: float = 0.0345
    height_m: float = 0.080
    collar_m: float = 0.022
    floor_m: float = 0.024
    wall_m: float = 0.0025
    mass_kg: float = 0.08

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        inside = float(np.hypot(point_m[0], point_m[1])) < self.radius_m - self.wall_m
        return inside and 0.0 <= point_m[2] < self.height_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._add_skin(spec, body)
        low, neck, r = self.bottom_radius_m, self.neck_radius_m, self.radius_m
        h, w, f = self.height_m, self.wall_m, self.floor_m
        shoulder = h - self.collar_m
        add_foot(body, low - 0.001, f, 0.3 * self.mass_kg)  # and the floor inside
        half = 0.5 * w
        cone = ((low - half, _FOOT_M), (neck - half, shoulder))
        collar = ((r - half, shoulder), (r - half, h))
        add_ring(body, *cone, w, 0.4 * self.mass_kg, segments=12)
        add_ring(body, *collar, w, 0.3 * self.mass_kg)

    def _add_skin(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        foot, rim, h, w = self.foot_radius_m, self.radius_m, self.height_m, self.wall_m
        edge = 0.002
        inside = foot + (rim - foot) * self.floor_m / h - w
        profile = [
            (0.0, 0.0), (foot - edge, 0.0), (foot, edge), (rim - edge, h - 2 * edge),
            (rim, h - 2 * edge), (rim, h), (rim - w, h), (inside, self.floor_m),
            (0.0, self.floor_m),
        ]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_skin", lathe(np.array(profile)))
        add_skin(body, skin, COLOURS[self.colour])
