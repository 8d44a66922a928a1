"""A jar with a screw neck, and its lid."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.hinged import paint_box
from clap_bench.gembench.objects.thing import Thing
from clap_bench.gembench.thread import Thread
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box, add_prism, add_ring, add_skin
from clap_sim.world.surfaces import add_surface, lathe

_SEAT_GAP_M = 0.0003
"""Between rim and lid at the end of the thread, so that the thread and not the rim stops it."""

_GLASS_M = 0.003


def lid_thread(lid: str, jar: str) -> Thread:
    """The thread between a lid and a jar, by the names of their bodies."""
    return Thread(screw=lid, socket=jar)


@dataclass(frozen=True)
class Jar(Thing):
    """An open glass jar, fixed to the table.

    A round body (radius 38 mm, 80 mm high) under a shoulder and a neck of radius 24.5 mm whose rim
    is 100 mm above the table. The lid slips 10 mm over the neck and then needs 130 degrees.
    Site ``<body>_thread``: where the lid's bottom is when the thread's first turns meet.
    """

    nouns: tuple[str, ...] = ("jar",)
    movable: bool = False
    radius_m: float = 0.038
    shoulder_m: float = 0.080
    neck_radius_m: float = 0.0245
    rim_m: float = 0.100

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def height_m(self) -> float:
        return self.rim_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, neck, rim = self.radius_m, self.neck_radius_m, self.rim_m
        lip = rim - 0.005
        add_prism(body, r, (0.0, self.shoulder_m), 0.4, boxes=4)
        add_prism(body, neck, (self.shoulder_m, lip), 0.05, boxes=6)
        # Narrower at the top: it leads the lid on.
        add_prism(body, neck - 0.004, (lip, rim), 0.02, boxes=6)
        touch = rim + _SEAT_GAP_M - Lid.inside_m + lid_thread("", body.name).depth_m
        body.add_site(name=f"{body.name}_thread", pos=[0.0, 0.0, touch], group=4)
        glass = add_surface(spec, f"{body.name}_glass", lathe(self._profile(), 48))
        add_skin(body, glass, COLOURS[self.colour])

    def _profile(self) -> np.ndarray:
        """[K, 2] radius and height: outside up with two ribs of thread, inside down."""
        r, high, neck, rim = self.radius_m, self.shoulder_m, self.neck_radius_m, self.rim_m
        outside = [
            (0.0, 0.0), (r - 0.005, 0.0), (r, 0.005), (r, high - 0.016), (r - 0.003, high - 0.007),
            (neck, high), (neck - 0.001, high + 0.004),
        ]  # fmt: skip
        ribs: list[tuple[float, float]] = []
        for z in (high + 0.007, high + 0.013):
            ribs += [(neck - 0.001, z - 0.002), (neck, z), (neck - 0.001, z + 0.002)]
        inner = neck - _GLASS_M
        inside = [
            (neck - 0.001, rim), (inner, rim), (inner, high), (r - _GLASS_M, high - 0.012),
            (r - _GLASS_M, 0.006), (0.0, 0.006),
        ]  # fmt: skip
        return np.array(outside + ribs + inside)


@dataclass(frozen=True)
class Lid(Thing):
    """A jar's screw lid: 63 mm across, 18 mm high, 0.05 kg, a white mark on its top.

    Hollow below: a skirt of inner radius 28.5 mm under a top 4 mm thick. Lies on its skirt, on four
    small feet.
    """

    nouns: tuple[str, ...] = ("lid",)
    radius_m: float = 0.0315
    wall_m: float = 0.003
    top_m: float = 0.018
    inside_m: float = 0.014
    mass_kg: float = 0.05

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def height_m(self) -> float:
        return self.top_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, wall, foot = self.radius_m, self.wall_m, 0.001
        middle = r - 0.5 * wall
        add_ring(body, (middle, foot), (middle, self.top_m), wall, 0.6 * self.mass_kg, 16)
        add_prism(body, r - wall, (self.inside_m, self.top_m), 0.4 * self.mass_kg, boxes=3)
        for x, y in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
            half = 0.5 * wall
            add_box(body, [x * middle, y * middle, half], [half] * 3, 0.0)
        skin = add_surface(spec, f"{body.name}_cap", lathe(self._profile(), 48))
        add_skin(body, skin, COLOURS[self.colour])
        self._add_mark(body)

    def _profile(self) -> np.ndarray:
        r, inner, high, inside = (
            self.radius_m,
            self.radius_m - self.wall_m,
            self.top_m,
            self.inside_m,
        )
        return np.array([
            (inner, 0.0), (r, 0.0), (r, 0.003), (r - 0.001, 0.004), (r - 0.001, high - 0.003),
            (r - 0.003, high), (r - 0.006, high), (r - 0.007, high - 0.001), (0.0, high - 0.001),
            (0.0, inside), (inner, inside),
        ])  # fmt: skip

    def _add_mark(self, body: mujoco.MjsBody) -> None:
        """A line on the top by which people see it turn."""
        at = [0.013, 0.0, self.top_m - 0.001]
        paint_box(body, at, [0.009, 0.002, 0.0005], COLOURS["white"])
