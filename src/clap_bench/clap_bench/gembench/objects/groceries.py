"""Groceries like those of the YCB set, about two thirds of their size, with printed packages.

So small each fits between the fingers (80 mm) along its own y axis, and next to others in the
cupboard. A hand that looks forward and down grips them (see `shelving`), near the top and, unless
they are round, near the edge that faces it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.labels import (
    FACE_PX,
    WRAP_PX,
    Print,
    Rgb,
    add_wrapped_skin,
    box_material,
)
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.solids import add_box, add_foot, add_prism

GRIP_BELOW_TOP_M = 0.020
"""How far below the top a tall package is gripped; higher up it would touch the palm."""

LEAST_GRIP_M = 0.0165
"""Lowest height of a grip, where slanting fingers clear the table by 4 mm."""

GRIP_BEHIND_EDGE_M = 0.016
"""How far behind its near edge a long package is gripped: just the whole of a slanting pad."""

_WHITE = (1.0, 1.0, 1.0, 1.0)
_METAL: Rgb = (190, 192, 198)
_RIM = 0.05
"""Share of a tin's picture at its upper and at its lower edge that is metal."""


@dataclass(frozen=True, kw_only=True)
class Grocery(Thing):
    """A package on the shelf of a shop.

    Attributes:
        size_m: along x, y (between the fingers) and z.
        mass_kg: of package and contents.
        label: what is printed on it.
    """

    size_m: tuple[float, float, float]
    mass_kg: float
    label: Print

    @property
    def height_m(self) -> float:
        return self.size_m[2]

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.size_m[0]

    @property
    def grip_height_m(self) -> float:
        """Height of the grip above the bottom."""
        return max(LEAST_GRIP_M, self.height_m - GRIP_BELOW_TOP_M)

    @property
    @abstractmethod
    def round(self) -> bool:
        """Whether it can be gripped from any side."""

    @property
    @abstractmethod
    def grip_behind_m(self) -> float:
        """How far the grip is behind the edge that is nearest to the hand."""


@dataclass(frozen=True)
class Carton(Grocery):
    """A box with print on all sides."""

    @property
    def round(self) -> bool:
        return False

    @property
    def grip_behind_m(self) -> float:
        return GRIP_BEHIND_EDGE_M

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * float(np.hypot(*self.size_m[:2]))

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = [0.5 * side for side in self.size_m]
        face = self.label.picture(FACE_PX, FACE_PX)
        material = box_material(spec, f"{body.name}_print", [face] * 6)
        geom = add_box(body, [0.0, 0.0, half[2]], half, self.mass_kg, rgba=_WHITE)
        geom.material = material


@dataclass(frozen=True)
class Tin(Grocery):
    """A round tin with metal ends."""

    @property
    def round(self) -> bool:
        return True

    @property
    def grip_behind_m(self) -> float:
        return self.body_radius_m

    @property
    def footprint_radius_m(self) -> float:
        return self.body_radius_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        radius, height = self.body_radius_m, self.height_m
        picture = self.label.picture(*WRAP_PX)
        edge = round(_RIM * len(picture))
        picture[:edge] = picture[-edge:] = _METAL
        rim, lid = 0.002, 0.5 * _RIM
        profile = [(0.0, 0.0, 0.0), (radius, 0.0, lid), (radius, rim, _RIM),
                   (radius, height - rim, 1.0 - _RIM), (radius, height, 1.0 - lid),
                   (radius - rim, height, 1.0 - lid),
                   (radius - rim, height - rim, 1.0 - lid), (0.0, height - rim, 1.0)]  # fmt: skip
        add_wrapped_skin(spec, body, "skin", np.array(profile), picture)
        _add_round_body(body, radius, height, self.mass_kg)


@dataclass(frozen=True)
class Bottle(Grocery):
    """A squeeze bottle of oval section with shoulders and a pointed cap.

    It is gripped around the body, below the shoulders.
    """

    shoulder_m: float = 0.090
    neck_m: float = 0.096
    neck_radius_m: float = 0.013
    tip_radius_m: float = 0.006
    grip_z_m: float = 0.077

    @property
    def round(self) -> bool:
        return False

    @property
    def grip_behind_m(self) -> float:
        return self.body_radius_m

    @property
    def grip_height_m(self) -> float:
        return self.grip_z_m

    @property
    def footprint_radius_m(self) -> float:
        return self.body_radius_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        radius, flatness = self.body_radius_m, self.size_m[1] / self.size_m[0]
        picture = self.label.picture(*WRAP_PX)
        corner = 0.006
        profile = [(0.0, 0.0, 0.0), (radius - corner, 0.0, 0.0), (radius, corner, 0.08),
                   (radius, self.shoulder_m - corner, 0.95),
                   (radius - corner, self.shoulder_m, 0.98),
                   (self.neck_radius_m, self.neck_m, 1.0)]  # fmt: skip
        add_wrapped_skin(spec, body, "skin", np.array(profile), picture, flatness)
        cap = [(self.neck_radius_m, self.neck_m, 0.0),
               (self.neck_radius_m - 0.002, self.neck_m + 0.008, 0.3),
               (self.tip_radius_m, self.height_m, 0.9), (0.0, self.height_m, 1.0)]  # fmt: skip
        white = np.full((8, 8, 3), self.label.panel, dtype=np.uint8)
        add_wrapped_skin(spec, body, "cap", np.array(cap), white)
        self._add_collision(body)

    def _add_collision(self, body: mujoco.MjsBody) -> None:
        """Two boxes that inscribe the oval, one for its flat sides; one for neck and cap."""
        half_x, half_y = 0.5 * self.size_m[0], 0.5 * self.size_m[1]
        half_z = 0.5 * self.shoulder_m
        for share_x, share_y, share in ((0.60, 1.0, 0.6), (0.95, 0.55, 0.35)):
            half = [share_x * half_x, share_y * half_y, half_z]
            add_box(body, [0.0, 0.0, half_z], half, share * self.mass_kg)
        cap_half = 0.5 * (self.height_m - self.shoulder_m)
        side = self.neck_radius_m * float(np.sqrt(0.5))
        add_box(body, [0.0, 0.0, self.shoulder_m + cap_half], [side, side, cap_half],
                0.05 * self.mass_kg)  # fmt: skip


def _add_round_body(body: mujoco.MjsBody, radius_m: float, height_m: float, mass_kg: float) -> None:
    add_foot(body, radius_m - 0.003, 0.001, 0.0)
    add_prism(body, radius_m, (0.001, height_m), mass_kg, boxes=6)
    # A tin that falls over should stop rolling before it leaves the table.
    for geom in body.geoms:
        if geom.contype:
            geom.condim = 6


_RED, _YELLOW, _WHITE_INK, _BLUE = (200, 20, 24), (245, 200, 20), (245, 245, 240), (20, 50, 150)

GROCERIES: dict[str, Grocery] = {
    "crackers box": Carton(
        "red", ("crackers box", "crackers"), size_m=(0.080, 0.040, 0.120), mass_kg=0.12,
        label=Print(("CRACKERS",), (200, 24, 26), (248, 190, 40), (120, 10, 10), (250, 240, 225)),
    ),
    "chocolate jello box": Carton(
        "black", ("chocolate jello box", "chocolate jello"), size_m=(0.062, 0.030, 0.060),
        mass_kg=0.08,
        label=Print(("CHOCOLATE", "JELLO"), (70, 36, 18), (235, 220, 195), (70, 30, 10), _RED),
    ),
    "strawberry jello box": Carton(
        "pink", ("strawberry jello box", "strawberry jello"), size_m=(0.062, 0.030, 0.060),
        mass_kg=0.08,
        label=Print(("STRAWBERRY", "JELLO"), (240, 130, 160), (250, 240, 240), _RED, (40, 140, 50)),
    ),
    "soup can": Tin(
        "white", ("soup can", "soup"), size_m=(0.054, 0.054, 0.078), mass_kg=0.18,
        label=Print(("TOMATO", "SOUP"), _WHITE_INK, _RED, _WHITE_INK, (205, 165, 60)),
    ),
    "tuna can": Tin(
        "teal", ("tuna can", "tuna"), size_m=(0.057, 0.057, 0.033), mass_kg=0.12,
        label=Print(("TUNA",), (20, 120, 130), (245, 245, 240), (10, 80, 100), _YELLOW),
    ),
    "spam can": Carton(
        "navy", ("spam can", "spam"), size_m=(0.066, 0.042, 0.055), mass_kg=0.16,
        label=Print(("SPAM",), (16, 36, 110), (16, 36, 110), _YELLOW, _YELLOW),
    ),
    "coffee can": Tin(
        "blue", ("coffee can", "coffee"), size_m=(0.057, 0.057, 0.100), mass_kg=0.20,
        label=Print(("COFFEE",), (30, 80, 190), (40, 24, 16), (245, 230, 200), _RED),
    ),
    "mustard bottle": Bottle(
        "yellow", ("mustard bottle", "mustard"), size_m=(0.056, 0.040, 0.110), mass_kg=0.15,
        label=Print(("MUSTARD",), (246, 196, 10), (250, 235, 190), (180, 20, 20), (180, 20, 20)),
    ),
    "sugar box": Carton(
        "yellow", ("sugar box", "sugar"), size_m=(0.062, 0.036, 0.105), mass_kg=0.18,
        label=Print(("SUGAR",), (250, 222, 60), (250, 250, 248), _BLUE, _BLUE),
    ),
}  # fmt: skip
"""In RLBench's order, which is that of the variations."""
