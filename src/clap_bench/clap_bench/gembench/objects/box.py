"""Boxes whose lid swings up on a hinge: a wooden box, a metal chest, a shoe box."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.extrusion import arch, extruded, frame, rounded, tray
from clap_bench.gembench.objects.hinged import paint_box, paint_cylinder
from clap_bench.gembench.objects.pictures import add_picture_material
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.solids import add_box, add_skin
from clap_sim.world.surfaces import add_surface

Array = NDArray[np.float64]
RGBA = tuple[float, float, float, float]

_BRASS: RGBA = (0.70, 0.52, 0.18, 1.0)
_STEEL: RGBA = (0.16, 0.27, 0.36, 1.0)
_LEATHER: RGBA = (0.16, 0.09, 0.06, 1.0)
_CARDBOARD: RGBA = (0.66, 0.50, 0.33, 1.0)
_LINING: RGBA = (0.90, 0.88, 0.84, 1.0)
_GRIP_M = 0.012
"""From the end of a handle to the middle of the pads that take it."""


@dataclass(frozen=True)
class Box(Thing):
    """A box with a hinged lid, fixed to the table.

    The hinge runs along y at the top of the back wall (+x); the front, with the handle on the lid's
    edge, looks along -x. The handle stands out far enough for the fingers to take it from above,
    one on either side along y, without touching the lid at any angle of it. The hinge is damped;
    the lid goes up to a stop at 110 degrees, on which it leans.

    Joint ``<body>_hinge``: 0 closed. Site ``<body>_handle``: where to take the handle, oriented
    like the lid. Body ``<body>_lid``.
    """

    nouns: tuple[str, ...] = ("box",)
    movable: bool = False
    depth_m: float = 0.16
    width_m: float = 0.24
    wall_top_m: float = 0.10
    wall_m: float = 0.008
    lid_m: float = 0.014
    lid_kg: float = 0.25
    handle_out_m: float = 0.030
    handle_width_m: float = 0.036
    handle_m: float = 0.012
    stop_rad: float = np.radians(110.0)

    @property
    def footprint_radius_m(self) -> float:
        return float(np.hypot(0.5 * self.depth_m + self.handle_out_m, 0.5 * self.width_m))

    @property
    def height_m(self) -> float:
        return self.wall_top_m + self.lid_m

    @property
    def floor_m(self) -> float:
        return self.wall_m

    @property
    def handle_z_m(self) -> float:
        """Height of the handle's middle above the hinge, lid closed."""
        return 0.5 * self.lid_m

    def contains(self, point_m: Array, opening_m: float) -> bool:
        inside_x = abs(point_m[0]) < 0.5 * self.depth_m
        inside_y = abs(point_m[1]) < 0.5 * self.width_m
        return bool(inside_x and inside_y and 0.0 <= point_m[2] < self.wall_top_m)

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        hinge = [0.5 * self.depth_m, 0.0, self.wall_top_m]
        lid = body.add_body(name=f"{body.name}_lid", pos=hinge)
        lid.add_joint(
            name=f"{body.name}_hinge",
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=[0.0, 1.0, 0.0],
            range=[0.0, self.stop_rad],
            damping=0.06,
            armature=0.002,
        )
        # The hinge alone guides it; at 0 the lid lies on the walls.
        spec.add_exclude(bodyname1=body.name, bodyname2=lid.name)
        lid.add_site(
            name=f"{body.name}_handle",
            pos=[-self.depth_m - self.handle_out_m + _GRIP_M, 0.0, self.handle_z_m],
            group=4,
        )
        self._build_walls(spec, body)
        self._build_lid(spec, lid)
        self._build_handle(spec, lid)

    @abstractmethod
    def _build_walls(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """Floor and four walls."""

    @abstractmethod
    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        """The lid in its own frame: the hinge at the origin, the lid towards -x."""

    @abstractmethod
    def _build_handle(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        """The handle in the lid's frame, in front of x = -depth."""

    def _sides(self) -> tuple[tuple[list[float], list[float]], ...]:
        """Position and half size of the floor and the four walls."""
        d, w, t = 0.5 * self.depth_m, 0.5 * self.width_m, 0.5 * self.wall_m
        middle, half = 0.5 * self.wall_top_m + t, 0.5 * self.wall_top_m - t
        return (
            ([0.0, 0.0, t], [d, w, t]),
            *(([side * (d - t), 0.0, middle], [t, w, half]) for side in (-1.0, 1.0)),
            *(([0.0, side * (w - t), middle], [d - 2 * t, t, half]) for side in (-1.0, 1.0)),
        )

    def _plate(self) -> tuple[list[float], list[float]]:
        """Position and half size of a flat lid."""
        half = 0.5 * self.lid_m
        return [-0.5 * self.depth_m, 0.0, half], [0.5 * self.depth_m, 0.5 * self.width_m, half]

    def _tab(self) -> tuple[list[float], list[float]]:
        """Position and half size of a flat handle."""
        half = 0.5 * self.handle_out_m
        return (
            [-self.depth_m - half, 0.0, self.handle_z_m],
            [half, 0.5 * self.handle_width_m, 0.5 * self.handle_m],
        )


@dataclass(frozen=True)
class WoodenBox(Box):
    """160 x 240 mm, 114 mm high: planks with dark corner posts, a flat lid, a leather tab.

    ``colour`` is that of the wood: ``wood`` or ``orange`` (pine), ``maroon`` (mahogany).
    """

    nouns: tuple[str, ...] = ("box", "wooden box")

    def _build_walls(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        material = _planks(spec, f"{body.name}_planks", _WOODS[self.colour])
        for position, half in self._sides():
            add_box(body, position, half, 0.2, rgba=(1.0, 1.0, 1.0, 1.0)).material = material
        post, dark = 0.008, (*np.multiply(_WOODS[self.colour], 0.55), 1.0)
        for x in (-0.5, 0.5):
            for y in (-0.5, 0.5):
                place = [x * self.depth_m, y * self.width_m, 0.5 * self.wall_top_m]
                paint_box(body, place, [post, post, 0.5 * self.wall_top_m], dark)

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        plate = add_box(lid, *self._plate(), self.lid_kg, rgba=(1.0, 1.0, 1.0, 1.0))
        plate.material = f"{lid.parent.name}_planks"
        dark = (*np.multiply(_WOODS[self.colour], 0.55), 1.0)
        for side in (-1.0, 1.0):
            place = [-0.5 * self.depth_m, side * 0.36 * self.width_m, self.lid_m + 0.002]
            paint_box(lid, place, [0.5 * self.depth_m, 0.010, 0.002], dark)

    def _build_handle(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        add_box(lid, *self._tab(), 0.02, rgba=_LEATHER)


@dataclass(frozen=True)
class MetalChest(Box):
    """A treasure chest of blue steel: 130 x 190 mm, round corners, brass bands, a vaulted lid.

    The vault is 48 mm high, the handle a round brass knob of 26 mm in front of it.
    """

    nouns: tuple[str, ...] = ("box", "chest")
    depth_m: float = 0.13
    width_m: float = 0.19
    wall_top_m: float = 0.085
    lid_m: float = 0.048
    handle_out_m: float = 0.032
    handle_m: float = 0.026
    corner_m: float = 0.025

    @property
    def handle_z_m(self) -> float:
        return 0.5 * self.handle_m

    def _build_walls(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        for position, half in self._sides():
            add_box(body, position, half, 0.3)
        d, w, corner, wall = 0.5 * self.depth_m, 0.5 * self.width_m, self.corner_m, self.wall_m
        outside = rounded(d, w, corner)
        inside = rounded(d - wall, w - wall, corner - wall)
        shell = tray(outside, inside, self.wall_top_m, wall)
        add_skin(body, add_surface(spec, f"{body.name}_shell", shell), _STEEL)
        high = 0.010
        grown = rounded(d + 0.002, w + 0.002, corner)
        band = add_surface(spec, f"{body.name}_band", frame(grown, inside, high))
        for z in (0.0, self.wall_top_m - high):
            add_skin(body, band, _BRASS, (0.0, 0.0, z))

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        d, w, high = self.depth_m, self.width_m, self.lid_m
        add_box(
            lid, [-0.5 * d, 0.0, 0.30 * high], [0.5 * d, 0.5 * w, 0.30 * high], 0.6 * self.lid_kg
        )
        add_box(
            lid, [-0.5 * d, 0.0, 0.75 * high], [0.3 * d, 0.5 * w, 0.22 * high], 0.4 * self.lid_kg
        )
        vault = add_surface(spec, f"{lid.name}_vault", extruded(arch(d, high), w))
        add_skin(lid, vault, _STEEL, (-0.5 * d, 0.0, 0.0))
        strap = add_surface(
            spec, f"{lid.name}_strap", extruded(arch(d + 0.004, high + 0.002), 0.016)
        )
        for y in (-0.32 * w, 0.32 * w):
            add_skin(lid, strap, _BRASS, (-0.5 * d, y, 0.0))

    def _build_handle(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        """A knob whose axis points along -x: two crossed boxes to take, a cylinder to see."""
        half, radius = 0.5 * self.handle_out_m, 0.5 * self.handle_m
        place = [-self.depth_m - half, 0.0, self.handle_z_m]
        flat = radius * np.tan(np.pi / 8.0)
        for size in ([half, radius, flat], [half, flat, radius]):
            add_box(lid, place, size, 0.01)
        along_x = (0.5**0.5, 0.0, 0.5**0.5, 0.0)
        paint_cylinder(lid, place, radius, half, _BRASS, along_x)


@dataclass(frozen=True)
class ShoeBox(Box):
    """A cardboard shoe box: 180 x 250 mm, 72 mm high, white inside, a lid with a coloured label."""

    nouns: tuple[str, ...] = ("box", "shoe box")
    depth_m: float = 0.18
    width_m: float = 0.25
    wall_top_m: float = 0.066
    wall_m: float = 0.004
    lid_m: float = 0.010
    lid_kg: float = 0.12

    def _build_walls(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        for position, half in self._sides():
            add_box(body, position, half, 0.05, rgba=_CARDBOARD)
        lining = 0.0005
        paint_box(
            body,
            [0.0, 0.0, self.wall_m + lining],
            [0.5 * self.depth_m - self.wall_m, 0.5 * self.width_m - self.wall_m, lining],
            _LINING,
        )

    def _build_lid(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        add_box(lid, *self._plate(), self.lid_kg, rgba=_CARDBOARD)
        d, w = self.depth_m, self.width_m
        paint_box(lid, [-0.5 * d, 0.0, -0.0005], [0.48 * d, 0.48 * w, 0.0005], _LINING)
        top = self.lid_m + 0.0005
        paint_box(lid, [-0.5 * d, 0.0, top], [0.5 * d, 0.025, 0.0005], (*_WOODS["maroon"], 1.0))

    def _build_handle(self, spec: mujoco.MjSpec, lid: mujoco.MjsBody) -> None:
        add_box(lid, *self._tab(), 0.01, rgba=_LEATHER)


_WOODS: dict[str, tuple[float, float, float]] = {
    "wood": (0.62, 0.44, 0.27),
    "orange": (0.74, 0.55, 0.33),
    "maroon": (0.42, 0.20, 0.12),
}
"""RGB of woods, by the colour of `COLOURS` to which they come nearest."""


def _planks(spec: mujoco.MjSpec, name: str, rgb: tuple[float, float, float]) -> str:
    """A material of four boards with a little grain."""
    rows, columns = 64, 64
    shade = np.repeat([1.0, 0.90, 1.06, 0.95], rows // 4)
    shade[:: rows // 4] = 0.6
    grain = np.random.default_rng(0).normal(0.0, 0.03, (rows, 1)) + np.zeros((rows, columns))
    pixels = np.array(rgb) * (shade[:, None, None] + grain[:, :, None])
    add_picture_material(spec, name, np.round(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8))
    return name
