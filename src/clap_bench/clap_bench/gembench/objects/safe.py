"""A steel safe with three shelves, its door standing open."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.solids import VISUAL_GROUP, add_box

Vector = NDArray[np.float64]

SHELVES = ("bottom", "middle", "top")

_STEEL = [0.20, 0.25, 0.27, 1.0]
_INSIDE = [0.46, 0.49, 0.50, 1.0]
_BOARD = [0.62, 0.64, 0.65, 1.0]
_CHROME = [0.80, 0.81, 0.83, 1.0]
_DIAL = [0.07, 0.07, 0.08, 1.0]
_MASS_KG = 4.0


@dataclass(frozen=True)
class Safe(Thing):
    """A steel casing with three shelves, open towards -x of its frame.

    It is 200 mm deep (x), 300 mm wide (y) and 552 mm high, its origin in the middle of its bottom.
    Between two boards are 165 mm, room for a hand that slants down at 60 degrees. The door hangs
    at the left (+y) or the right and is held open at an angle.

    Sites ``<body>_bottom``, ``_middle`` and ``_top``: on each board in the middle of its front
    edge, x inwards.

    Attributes:
        hinge_side: 1 for a door at the left (+y), -1 at the right.
        door_rad: how far the door is open.
    """

    nouns: tuple[str, ...] = ("safe", "strongbox")
    movable: bool = False
    hinge_side: int = 1
    door_rad: float = 2.2
    depth_m: float = 0.200
    width_m: float = 0.300
    wall_m: float = 0.012
    base_m: float = 0.025
    board_m: float = 0.010
    headroom_m: float = 0.165
    door_m: float = 0.024

    @property
    def footprint_radius_m(self) -> float:
        """Only of the casing's depth: what else is kept clear the tasks' own zones know."""
        return 0.5 * self.depth_m

    @property
    def height_m(self) -> float:
        return self.shelf_z_m(SHELVES[-1]) + self.headroom_m + self.wall_m

    def shelf_z_m(self, shelf: str) -> float:
        """Height of a shelf's surface."""
        return self.base_m + SHELVES.index(shelf) * (self.headroom_m + self.board_m)

    def on_shelf(self, shelf: str, point_m: Vector) -> bool:
        """Whether a point [3] in the safe's frame is above this board and below the next."""
        inside = abs(point_m[0]) < 0.5 * self.depth_m
        inside = inside and abs(point_m[1]) < 0.5 * self.width_m - self.wall_m
        above = point_m[2] - self.shelf_z_m(shelf)
        return bool(inside and -0.5 * self.board_m < above < self.headroom_m)

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_casing(body)
        for shelf in SHELVES:
            self._build_shelf(body, shelf)
        self._build_door(body)

    def _build_casing(self, body: mujoco.MjsBody) -> None:
        x, y, z, t = 0.5 * self.depth_m, 0.5 * self.width_m, self.height_m, 0.5 * self.wall_m
        base = 0.5 * self.base_m
        add_box(body, [0.0, 0.0, base], [x, y, base], _MASS_KG, rgba=_STEEL)
        add_box(body, [0.0, 0.0, z - t], [x, y, t], _MASS_KG, rgba=_STEEL)
        low, high = self.base_m, z - self.wall_m
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        for side in (-1.0, 1.0):
            add_box(body, [0.0, side * (y - t), middle], [x, t, half], _MASS_KG, rgba=_STEEL)
        back = [t, y - 2 * t, half]
        add_box(body, [x - t, 0.0, middle], back, _MASS_KG, rgba=_STEEL)
        # The inside is lined in a lighter grey.
        lining = 0.0005
        _seen(body, [x - 2 * t, 0.0, middle], [lining, y - 2 * t, half], _INSIDE)
        for side in (-1.0, 1.0):
            _seen(body, [0.0, side * (y - 2 * t), middle], [x - 0.004, lining, half], _INSIDE)

    def _build_shelf(self, body: mujoco.MjsBody, shelf: str) -> None:
        z, front = self.shelf_z_m(shelf), -0.5 * self.depth_m
        half_x, half_y = 0.5 * (self.depth_m - self.wall_m), 0.5 * self.width_m - self.wall_m
        middle = [front + half_x, 0.0, z - 0.5 * self.board_m]
        if shelf == SHELVES[0]:
            # The casing's floor is the lowest board; it only looks like the others.
            _seen(body, [middle[0], 0.0, z], [half_x - 0.004, half_y, 0.0005], _BOARD)
        else:
            add_box(body, middle, [half_x, half_y, 0.5 * self.board_m], 1.0, rgba=_BOARD)
        body.add_site(name=f"{body.name}_{shelf}", pos=[front, 0.0, z], size=[0.001] * 3, group=4)

    def _build_door(self, body: mujoco.MjsBody) -> None:
        """In the door's frame: x from the hinge to the free edge, y out of the inner face."""
        side = float(self.hinge_side)
        door = body.add_body(name=f"{body.name}_door")
        door.pos = [-0.5 * self.depth_m - 0.001, side * 0.5 * self.width_m, 0.0]
        # Closed, the free edge is at the other side; opening swings it towards -x.
        closed = -0.5 * np.pi * side
        yaw = closed - side * self.door_rad
        door.quat = [np.cos(0.5 * yaw), 0.0, 0.0, np.sin(0.5 * yaw)]
        out = -side
        half = [0.5 * self.width_m - 0.004, 0.5 * self.door_m, 0.5 * self.height_m - 0.004]
        middle = np.array([0.5 * self.width_m, out * 0.5 * self.door_m, 0.5 * self.height_m])
        add_box(door, middle.tolist(), half, 2.0, rgba=_STEEL)
        self._build_inner_face(door, middle, half, out)
        self._build_outer_face(door, middle, out)

    def _build_inner_face(
        self, door: mujoco.MjsBody, middle: Vector, half: list[float], out: float
    ) -> None:
        """A lighter panel, and bolts at the free edge."""
        panel = middle - [0.0, out * half[1], 0.0]
        _seen(door, panel.tolist(), [half[0] - 0.02, 0.002, half[2] - 0.03], _INSIDE)
        for height in (0.25, 0.5, 0.75):
            door.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CYLINDER, size=[0.008, 0.010, 0.0],
                pos=[self.width_m, float(middle[1]), height * self.height_m],
                quat=_ALONG_X, rgba=_CHROME, contype=0, conaffinity=0, mass=0.0,
                group=VISUAL_GROUP,
            )  # fmt: skip

    def _build_outer_face(self, door: mujoco.MjsBody, middle: Vector, out: float) -> None:
        """A combination dial, and a handle of three spokes."""

        def at(away_m: float, up_m: float) -> Vector:
            return np.add(middle, (0.0, out * (0.5 * self.door_m + away_m), up_m))

        _disc(door, at(0.008, 0.060), 0.036, 0.008, _DIAL)
        _disc(door, at(0.018, 0.060), 0.016, 0.008, _CHROME)
        _seen(door, at(0.0165, 0.087).tolist(), [0.0025, 0.0006, 0.007], _CHROME)
        _disc(door, at(0.014, -0.060), 0.014, 0.014, _CHROME)
        hub = at(0.020, -0.060)
        for spoke in range(3):
            angle = 2.0 * np.pi * spoke / 3 + 0.5 * np.pi
            end = np.add(hub, (0.05 * np.cos(angle), 0.0, 0.05 * np.sin(angle)))
            door.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[*hub, *end], size=[0.006, 0.0, 0.0],
                rgba=_CHROME, contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
            )  # fmt: skip


_ALONG_X = [float(np.sqrt(0.5)), 0.0, float(np.sqrt(0.5)), 0.0]
_ALONG_Y = [float(np.sqrt(0.5)), float(np.sqrt(0.5)), 0.0, 0.0]


def _disc(
    body: mujoco.MjsBody, position: Vector, radius: float, half: float, rgba: list[float]
) -> None:
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER, pos=position.tolist(), quat=_ALONG_Y,
        size=[radius, half, 0.0], rgba=rgba, contype=0, conaffinity=0, mass=0.0,
        group=VISUAL_GROUP,
    )  # fmt: skip


def _seen(
    body: mujoco.MjsBody, position: list[float], half: list[float], rgba: list[float]
) -> None:
    """A box that is only seen."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, pos=position, size=half, rgba=rgba, contype=0,
        conaffinity=0, mass=0.0, group=VISUAL_GROUP,
    )  # fmt: skip
