"""Block and can: solid things that the hand takes around the middle."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_foot, add_prism, add_skin
from clap_sim.world.surfaces import add_surface, lathe


@dataclass(frozen=True)
class Block:
    """A wooden toy cube of 45 mm, 0.06 kg."""

    colour: str
    nouns: tuple[str, ...] = ("block", "cube")
    movable: bool = True
    side_m: float = 0.045
    mass_kg: float = 0.06

    @property
    def footprint_radius_m(self) -> float:
        return self.side_m * float(np.sqrt(0.5))

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.side_m

    @property
    def height_m(self) -> float:
        return self.side_m

    @property
    def floor_m(self) -> float:
        return self.side_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        return False

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = 0.5 * self.side_m
        add_box(body, [0.0, 0.0, half], [half] * 3, self.mass_kg, rgba=COLOURS[self.colour])


@dataclass(frozen=True)
class Can:
    """A slim drinks can of radius 28 mm and height 110 mm with silver ends, 0.15 kg."""

    colour: str
    nouns: tuple[str, ...] = ("can", "tin")
    movable: bool = True
    radius_m: float = 0.028
    height_m: float = 0.110
    neck_m: float = 0.008
    mass_kg: float = 0.15

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def body_radius_m(self) -> float:
        return self.radius_m

    @property
    def floor_m(self) -> float:
        return self.height_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        return False

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, h, neck = self.radius_m, self.height_m, self.neck_m
        lid = r - 0.004
        label = [(0.0, neck), (r, neck), (r, h - neck), (0.0, h - neck)]
        metal_low = [(0.0, 0.0), (lid, 0.0), (r, neck), (0.0, neck)]
        metal_high = [(0.0, h - neck), (r, h - neck), (lid, h), (lid - 0.002, h),
                      (lid - 0.002, h - 0.003), (0.0, h - 0.003)]  # fmt: skip
        parts = {"label": label, "bottom": metal_low, "top": metal_high}
        for part, profile in parts.items():
            mesh = add_surface(spec, f"{body.name}_{part}", lathe(np.array(profile)))
            add_skin(body, mesh, COLOURS[self.colour if part == "label" else "silver"])
        add_foot(body, r - 0.004, 0.001, 0.0)
        add_prism(body, r, (0.001, h), self.mass_kg, boxes=6)
        # A can that falls over should stop rolling before it leaves the table.
        for geom in body.geoms:
            geom.condim = 6
