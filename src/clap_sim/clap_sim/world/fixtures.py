"""Things with inner joints that stand fixed on the table: a button panel and a drawer."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box


@dataclass(frozen=True)
class Button:
    """A push button in a housing of its own.

    A grey housing (70 x 70 mm, 40 mm high) carries a round cap of radius 22 mm that stands 16 mm
    out of it and goes down 10 mm against a spring: 1 N at rest, 6 N at the end. It counts as
    pressed from 6 mm on.
    """

    colour: str
    nouns: tuple[str, ...] = ("button",)
    movable: bool = False
    half_side_m: float = 0.035
    housing_m: float = 0.040
    cap_radius_m: float = 0.022
    cap_m: float = 0.016
    travel_m: float = 0.010
    pressed_m: float = 0.006
    stiffness_n_per_m: float = 500.0
    preload_n: float = 1.0

    @property
    def footprint_radius_m(self) -> float:
        return 1.42 * self.half_side_m

    @property
    def body_radius_m(self) -> float:
        return self.half_side_m

    @property
    def height_m(self) -> float:
        return self.housing_m + self.cap_m

    @property
    def floor_m(self) -> float:
        return self.height_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        return False

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half, high = self.half_side_m, self.housing_m
        add_box(body, [0.0, 0.0, 0.5 * high], [half, half, 0.5 * high], 0.5,
                rgba=(0.25, 0.26, 0.28, 1.0))  # fmt: skip
        cap = body.add_body(name=f"{body.name}_cap", pos=[0.0, 0.0, high])
        cap.add_joint(
            name=f"{body.name}_slide",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[0.0, 0.0, -1.0],
            range=[0.0, self.travel_m],
            stiffness=self.stiffness_n_per_m,
            springref=-self.preload_n / self.stiffness_n_per_m,
            damping=5.0,
            armature=0.05,
        )
        # The cap starts inside the housing; the joint alone guides it.
        spec.add_exclude(bodyname1=body.name, bodyname2=cap.name)
        half_cap = 0.5 * (self.cap_m + self.travel_m)
        middle = 0.5 * (self.cap_m - self.travel_m)
        cap.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            pos=[0.0, 0.0, middle],
            size=[self.cap_radius_m, half_cap, 0.0],
            mass=0.03,
            group=VISUAL_GROUP,
            rgba=list(COLOURS[self.colour]),
        )


@dataclass(frozen=True)
class Drawer:
    """A cabinet with one drawer that opens towards -x of its frame, by a bar handle.

    The cabinet is 200 mm deep (x), 260 mm wide (y) and 120 mm high, its origin in the middle of its
    bottom. The drawer's front is 230 x 90 mm; the handle is a bar along y, 110 mm long and 10 mm
    square, 62 mm in front of the front and 97 mm above the table. So the open hand fits around it
    from above, and its palm (37 mm above the TCP) clears the cabinet's top. The drawer slides
    130 mm with about 2 N of friction; it counts as open from 80 mm and closed below 10 mm.
    """

    colour: str
    nouns: tuple[str, ...] = ("drawer", "cabinet")
    movable: bool = False
    depth_m: float = 0.20
    width_m: float = 0.26
    height_m: float = 0.12
    wall_m: float = 0.012
    front_m: float = 0.010
    travel_m: float = 0.13
    handle_standoff_m: float = 0.062
    handle_length_m: float = 0.110
    handle_side_m: float = 0.010
    handle_z_m: float = 0.097
    opened_m: float = 0.08
    closed_m: float = 0.01
    friction_n: float = 2.0

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * self.depth_m + self.handle_standoff_m + self.travel_m

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.width_m

    @property
    def floor_m(self) -> float:
        return self.height_m

    def contains(self, point_m: NDArray[np.float64], opening_m: float) -> bool:
        x, y, z = point_m
        half_y = 0.5 * self.width_m - self.wall_m
        inside = -0.5 * self.depth_m - opening_m < x < 0.5 * self.depth_m and abs(y) < half_y
        return inside and 0.0 <= z < self.height_m - self.wall_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_cabinet(body)
        tray = body.add_body(name=f"{body.name}_tray")
        tray.add_joint(
            name=f"{body.name}_slide",
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[-1.0, 0.0, 0.0],
            range=[0.0, self.travel_m],
            damping=8.0,
            frictionloss=self.friction_n,
        )
        # The joint alone guides it; contacts with the cabinet would only make it jam.
        spec.add_exclude(bodyname1=body.name, bodyname2=tray.name)
        self._build_tray(tray)

    def _build_cabinet(self, body: mujoco.MjsBody) -> None:
        d, w, h, t = 0.5 * self.depth_m, 0.5 * self.width_m, self.height_m, 0.5 * self.wall_m
        wood = COLOURS["wood"]
        add_box(body, [0.0, 0.0, t], [d, w, t], 1.0, rgba=wood)
        add_box(body, [0.0, 0.0, h - t], [d, w, t], 1.0, rgba=wood)
        for side in (-1.0, 1.0):
            add_box(body, [0.0, side * (w - t), 0.5 * h], [d, t, 0.5 * h - 2 * t], 1.0, rgba=wood)
        add_box(body, [d - t, 0.0, 0.5 * h], [t, w - 2 * t, 0.5 * h - 2 * t], 1.0, rgba=wood)

    def _build_tray(self, tray: mujoco.MjsBody) -> None:
        """All in the cabinet's frame, drawer closed; 3 mm of play on every side."""
        colour = COLOURS[self.colour]
        play, thin = 0.003, 0.004
        inner_half_y = 0.5 * self.width_m - self.wall_m - play
        low, high = self.wall_m + play, self.height_m - self.wall_m - play
        front_x = -0.5 * self.depth_m + 0.5 * self.front_m
        middle_z = 0.5 * (low + high)
        front_half = [0.5 * self.front_m, inner_half_y, 0.5 * (high - low)]
        add_box(tray, [front_x, 0.0, middle_z], front_half, 0.25, rgba=colour)
        back_x = 0.5 * self.depth_m - self.wall_m - play
        length = 0.5 * (back_x - front_x)
        wood = COLOURS["wood"]
        add_box(tray, [0.5 * (back_x + front_x), 0.0, low + thin],
                [length, inner_half_y, thin], 0.2, rgba=wood)  # fmt: skip
        wall_half = 0.35 * (high - low)
        for side in (-1.0, 1.0):
            add_box(tray, [0.5 * (back_x + front_x), side * (inner_half_y - thin), low + wall_half],
                    [length, thin, wall_half], 0.1, rgba=wood)  # fmt: skip
        add_box(tray, [back_x - thin, 0.0, low + wall_half],
                [thin, inner_half_y, wall_half], 0.05, rgba=wood)  # fmt: skip
        self._build_handle(tray)

    def _build_handle(self, tray: mujoco.MjsBody) -> None:
        silver = COLOURS["silver"]
        half = 0.5 * self.handle_side_m
        front = -0.5 * self.depth_m
        bar_x = front - self.handle_standoff_m
        half_length = 0.5 * self.handle_length_m
        add_box(tray, [bar_x, 0.0, self.handle_z_m], [half, half_length, half], 0.05, rgba=silver)
        post_half = 0.5 * (self.handle_standoff_m - half)
        for side in (-1.0, 1.0):
            add_box(tray, [front - post_half, side * (half_length - half), self.handle_z_m],
                    [post_half, half, half], 0.01, rgba=silver)  # fmt: skip
