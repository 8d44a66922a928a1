"""Small fridges with food in them."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.hinged import (
    DARK,
    PALE,
    Rgba,
    Side,
    add_bar_handle,
    add_leaf,
    add_mark,
    add_shell,
    paint,
    paint_box,
    paint_cylinder,
    sign,
)
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box

_GLASS: Rgba = (0.62, 0.76, 0.80, 1.0)
_MILK: Rgba = (0.95, 0.95, 0.93, 1.0)


@dataclass(frozen=True)
class Fridge(Thing):
    """A fridge that stands fixed on the table and opens towards -x of its frame.

    Bodies and joints ``<body>_door`` and, above it, ``<body>_freezer`` where it has one. Each door
    has the sites ``.._handle`` (a grasp of its bar), ``.._push`` (the middle of its front) and
    ``.._rim`` (on the front near the top), all with z into the door. A door weighs about 0.5 kg.

    Attributes:
        hinge: where the doors turn, as the robot sees it.
        freezer_m: height of the freezer's door; 0 for none.
        feet_m: height of the feet.
        handle_m: length of the fridge door's handle.
        handle_z: its middle, as a share of the door's height.
        opens_rad: where doors stop.
        paint_rgba: of shell and doors.
    """

    colour: str = "white"
    nouns: tuple[str, ...] = ("fridge", "refrigerator")
    movable: bool = False
    hinge: Side = "left"
    width_m: float = 0.23
    depth_m: float = 0.20
    height_m: float = 0.42
    freezer_m: float = 0.12
    feet_m: float = 0.015
    wall_m: float = 0.012
    door_m: float = 0.020
    handle_m: float = 0.13
    handle_z: float = 0.62
    opens_rad: float = np.radians(115.0)
    paint_rgba: Rgba = PALE

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * self.depth_m + self.width_m

    @property
    def body_radius_m(self) -> float:
        return float(np.hypot(0.5 * self.depth_m, 0.5 * self.width_m))

    @property
    def _split_m(self) -> float:
        """Height of the top of the fridge's own door."""
        return self.height_m - self.freezer_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        rgba = self.paint_rgba
        half_depth, half_width = 0.5 * self.depth_m, 0.5 * self.width_m
        front = -half_depth + self.door_m
        low, high = [front, -half_width, self.feet_m], [half_depth, half_width, self.height_m]
        add_shell(body, low, high, self.wall_m, rgba, PALE)
        for x in (front + 0.02, half_depth - 0.02):
            for y in (-half_width + 0.02, half_width - 0.02):
                paint_cylinder(body, [x, y, 0.5 * self.feet_m], 0.012, 0.5 * self.feet_m, DARK)
        inner = half_width - self.wall_m
        if self.freezer_m:
            middle = [0.5 * (front + half_depth), 0.0, self._split_m]
            add_box(body, middle, [half_depth - 0.5 * self.door_m - self.wall_m, inner, 0.006],
                    0.2, rgba=PALE)  # fmt: skip
            self._build_door(spec, body, "freezer", self._split_m, self.height_m, 0.05)
        self._build_door(spec, body, "door", self.feet_m, self._split_m, self.handle_m)
        self._build_shelves(body, inner)

    def _build_door(
        self,
        spec: mujoco.MjSpec,
        body: mujoco.MjsBody,
        what: str,
        low_m: float,
        high_m: float,
        handle_m: float,
    ) -> None:
        """In a frame on the hinge's line, at the height of the door's lower edge."""
        side, t = sign(self.hinge), 0.5 * self.door_m
        hinge_y = side * (0.5 * self.width_m - t)
        hinge = [-0.5 * self.depth_m + t, hinge_y, low_m]
        leaf = add_leaf(spec, body, what, hinge, [0.0, 0.0, -side], self.opens_rad)
        high, gap = high_m - low_m, 0.002
        middle_y = -hinge_y
        half = [t, 0.5 * self.width_m, 0.5 * high - gap]
        add_box(leaf, [0.0, middle_y, 0.5 * high], half, 0.5, rgba=self.paint_rgba)
        seal = [0.001, half[1] - self.wall_m, half[2] - self.wall_m]
        paint_box(leaf, [t, middle_y, 0.5 * high], seal, PALE)
        free_y = -side * (self.width_m - t)
        handle_y = free_y + side * 0.028
        z = high * (self.handle_z if what == "door" else 0.45)
        add_bar_handle(leaf, [-t, handle_y, z], handle_m)
        add_mark(leaf, "push", [-t, middle_y, 0.5 * high])
        add_mark(leaf, "rim", [-t, free_y + side * 0.08, high - 0.025])
        if what == "door":
            self._build_bins(leaf, middle_y, high)

    def _build_bins(self, leaf: mujoco.MjsBody, middle_y: float, high_m: float) -> None:
        """Racks on the inside of the door, with bottles."""
        half_y, x = 0.5 * self.width_m - 0.03, 0.5 * self.door_m + 0.018
        bottles: tuple[Rgba, ...] = (COLOURS["red"], COLOURS["green"], COLOURS["orange"])
        for share, count in ((0.14, 3), (0.60, 2)):
            z = share * high_m
            paint_box(leaf, [x, middle_y, z - 0.010], [0.018, half_y, 0.002], _GLASS)
            paint_box(leaf, [x + 0.017, middle_y, z], [0.002, half_y, 0.010], _GLASS)
            for k in range(count):
                y = middle_y + (k - 0.5 * (count - 1)) * 0.045
                paint_cylinder(leaf, [x, y, z + 0.022], 0.012, 0.030, bottles[k])
                paint_cylinder(leaf, [x, y, z + 0.060], 0.006, 0.010, PALE)

    def _build_shelves(self, body: mujoco.MjsBody, inner_m: float) -> None:
        """Three levels of food, well behind the racks of the door."""
        low, high = self.feet_m + self.wall_m, self._split_m - self.wall_m
        step = (high - low) / 3.0
        half_x, x = 0.5 * self.depth_m - 0.5 * (self.door_m + self.wall_m) - 0.022, 0.026
        for level in (1, 2):
            paint_box(body, [x, 0.0, low + level * step], [half_x, inner_m, 0.003], _GLASS)
        floors = [low + level * step + 0.003 for level in range(3)]
        box = mujoco.mjtGeom.mjGEOM_BOX
        ball = mujoco.mjtGeom.mjGEOM_ELLIPSOID
        # A crate of vegetables, cheese and tomatoes, milk and juice.
        paint_box(body, [x, 0.0, floors[0] + 0.022], [half_x, 0.9 * inner_m, 0.022], _GLASS)
        for k, colour in enumerate(("green", "orange", "lime", "red")):
            place = [x - 0.02, 0.035 * (k - 1.5), floors[0] + 0.046]
            paint(body, ball, place, [0.020, 0.017, 0.015], COLOURS[colour])
        paint(body, box, [x, 0.045, floors[1] + 0.016], [0.03, 0.03, 0.016], COLOURS["yellow"])
        for k in range(3):
            place = [x - 0.03 + 0.03 * (k % 2), -0.02 - 0.026 * k, floors[1] + 0.016]
            paint(body, ball, place, [0.017, 0.017, 0.016], COLOURS["red"])
        tall = min(0.030, 0.5 * step - 0.010)
        paint(body, box, [x, 0.055, floors[2] + tall], [0.02, 0.02, tall], _MILK)
        paint(body, box, [x, 0.055, floors[2] + tall], [0.0205, 0.0205, 0.010], COLOURS["blue"])
        paint_cylinder(body, [x, 0.0, floors[2] + tall], 0.018, tall, COLOURS["orange"])
        paint_cylinder(body, [x, -0.055, floors[2] + 0.018], 0.026, 0.018, COLOURS["purple"])
