"""A kitchen cupboard that hangs on a stand, open towards the robot."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box

_INSIDE = [0.90, 0.88, 0.83, 1.0]
_CHROME = [0.75, 0.76, 0.78, 1.0]
_MASS_KG = 1.0


@dataclass(frozen=True)
class Cupboard(Thing):
    """One compartment on four legs, open towards -x of its frame, with two doors wide open.

    Its origin is in the middle between its feet. The compartment's floor is 150 mm above the
    table; inside it is 540 mm wide (y), 260 mm high and 160 mm deep. So four groceries stand side
    by side with room for the fingers between them, and the hand, which is 200 mm wide, gets at
    the outer ones too.

    Sites ``<body>_slot0`` (at the right, -y) to ``_slot3``: places side by side, on the floor's
    front edge, x inwards.

    Attributes:
        door_rad: how far the doors are open.
    """

    nouns: tuple[str, ...] = ("cupboard", "cabinet")
    movable: bool = False
    door_rad: float = 2.8
    inner_m: tuple[float, float, float] = (0.160, 0.540, 0.260)
    wall_m: float = 0.012
    floor_z_m: float = 0.150
    leg_m: float = 0.022
    slots: int = 4
    pitch_m: float = 0.100

    @property
    def footprint_radius_m(self) -> float:
        """Only of its depth: the groceries' zones keep clear of it, and may be below its edge."""
        return 0.5 * self.inner_m[0]

    @property
    def height_m(self) -> float:
        return self.floor_z_m + self.inner_m[2] + self.wall_m

    @property
    def floor_m(self) -> float:
        return self.floor_z_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        x, y, z = point_m
        depth, width, height = self.inner_m
        inside = abs(x) < 0.5 * depth and abs(y) < 0.5 * width
        return bool(inside and -0.5 * self.wall_m < z - self.floor_z_m < height)

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_case(body)
        self._build_legs(body)
        for side in (-1.0, 1.0):
            self._build_door(body, side)
        front = -0.5 * self.inner_m[0]
        for slot in range(self.slots):
            y = (slot - 0.5 * (self.slots - 1)) * self.pitch_m
            body.add_site(name=f"{body.name}_slot{slot}", pos=[front, y, self.floor_z_m],
                          size=[0.001] * 3, group=4)  # fmt: skip

    def _build_case(self, body: mujoco.MjsBody) -> None:
        (depth, width, height), t = self.inner_m, 0.5 * self.wall_m
        colour = COLOURS[self.colour]
        low = self.floor_z_m
        half_x, half_y, middle = 0.5 * depth, 0.5 * width + self.wall_m, low + 0.5 * height
        for z in (low - t, low + height + t):
            add_box(body, [t, 0.0, z], [half_x + t, half_y, t], _MASS_KG, rgba=colour)
        for side in (-1.0, 1.0):
            add_box(body, [t, side * (half_y - t), middle], [half_x + t, t, 0.5 * height],
                    _MASS_KG, rgba=colour)  # fmt: skip
        add_box(body, [half_x + t, 0.0, middle], [t, 0.5 * width, 0.5 * height], _MASS_KG,
                rgba=_INSIDE)  # fmt: skip

    def _build_legs(self, body: mujoco.MjsBody) -> None:
        half, height = 0.5 * self.leg_m, self.floor_z_m - self.wall_m
        x, y = 0.5 * self.inner_m[0] - half, 0.5 * self.inner_m[1] - half
        for side_x in (-1.0, 1.0):
            for side_y in (-1.0, 1.0):
                add_box(body, [side_x * x, side_y * y, 0.5 * height], [half, half, 0.5 * height],
                        0.2, rgba=COLOURS[self.colour])  # fmt: skip

    def _build_door(self, body: mujoco.MjsBody, side: float) -> None:
        """In the door's frame: x from the hinge to the free edge, y out of the inner face."""
        half_x = 0.25 * self.inner_m[1] - 0.002
        half_z, t = 0.5 * self.inner_m[2] + self.wall_m - 0.002, 0.5 * self.wall_m
        door = body.add_body(name=f"{body.name}_door{'_left' if side > 0 else '_right'}")
        hinge_y = side * (0.5 * self.inner_m[1] + self.wall_m)
        door.pos = [-0.5 * self.inner_m[0] - 0.001, hinge_y, self.floor_z_m + 0.5 * self.inner_m[2]]
        yaw = -side * (0.5 * np.pi + self.door_rad)
        door.quat = [np.cos(0.5 * yaw), 0.0, 0.0, np.sin(0.5 * yaw)]
        out = -side
        add_box(door, [half_x, out * t, 0.0], [half_x, t, half_z], 0.3, rgba=COLOURS[self.colour])
        door.add_geom(
            type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.010, 0.0, 0.0],
            pos=[2 * half_x - 0.02, out * (2 * t + 0.008), -0.4 * half_z], rgba=_CHROME,
            contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
        )  # fmt: skip
