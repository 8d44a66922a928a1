"""The place in the air to which something is to be lifted."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco

from clap_bench.gembench.objects.blobs import add_blob
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS


@dataclass(frozen=True)
class FloatingTarget(Thing):
    """A sphere of radius 50 mm that floats; nothing touches it, and cameras see it, depth too.

    The site ``<body>_centre`` is its middle.

    Attributes:
        above_m: height of its middle above the table.
    """

    colour: str = "red"
    nouns: tuple[str, ...] = ("target",)
    movable: bool = False
    above_m: float = 0.25
    radius_m: float = 0.05

    @property
    def footprint_radius_m(self) -> float:
        return 0.0  # things stand below it

    @property
    def height_m(self) -> float:
        return self.above_m + self.radius_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        centre = (0.0, 0.0, self.above_m)
        body.add_site(name=f"{body.name}_centre", pos=list(centre))
        add_blob(body, centre, (self.radius_m,) * 3, COLOURS[self.colour])
