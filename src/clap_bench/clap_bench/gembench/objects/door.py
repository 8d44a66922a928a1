"""House doors in a piece of wall, small enough for the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import mujoco
import numpy as np

from clap_bench.gembench.objects.hinged import (
    CHROME,
    DARK,
    INTO,
    Rgba,
    Side,
    add_leaf,
    add_mark,
    paint_box,
    paint_cylinder,
    sign,
)
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import COLLISION_GROUP, VISUAL_GROUP, add_box

_BRASS: Rgba = (0.80, 0.62, 0.22, 1.0)
_GLASS: Rgba = (0.55, 0.72, 0.80, 0.55)
_WALL: Rgba = (0.86, 0.83, 0.76, 1.0)
_FRAME: Rgba = (0.36, 0.24, 0.14, 1.0)
_SPRING_NM_PER_RAD = 0.15
_PRELOAD_RAD = 0.25


@dataclass(frozen=True)
class Door(Thing):
    """A door in a frame, fixed on the table, with a handle that draws back its bolt.

    It faces -x of its frame. Bodies and joints ``<body>_door`` and ``<body>_handle``; the handle
    turns by 0.9 rad against a spring (about 0.15 Nm at the end). Sites ``<body>_handle_grasp`` and
    ``<body>_door_push`` (on the front, clear of the handle).

    Attributes:
        hinge: where the door turns, as the robot sees it.
        away: it opens away from the robot, otherwise towards it.
        handle: a lever that points to the hinge, or a round knob.
        backset_m: from the door's free edge to the handle's pivot; room for a hand.
        handle_z_m: height of the handle.
        standoff_m: from the door's front to the handle's middle.
        wing_m: width of the pieces of wall beside it.
        glazed: it has a window in its upper half, otherwise two panels of wood.
        paint_rgba: of the door.
        opens_rad: where it stops.
    """

    colour: str = "wood"
    nouns: tuple[str, ...] = ("door",)
    movable: bool = False
    hinge: Side = "left"
    away: bool = True
    handle: Literal["lever", "knob"] = "lever"
    backset_m: float = 0.050
    width_m: float = 0.22
    height_m: float = 0.40
    handle_z_m: float = 0.20
    frame_m: float = 0.022
    thick_m: float = 0.026
    wing_m: float = 0.05
    door_m: float = 0.018
    glazed: bool = False
    paint_rgba: Rgba = COLOURS["wood"]
    opens_rad: float = np.radians(100.0)
    standoff_m: float = 0.048
    lever_m: float = 0.065
    knob_m: float = 0.021

    @property
    def footprint_radius_m(self) -> float:
        return self.width_m + self.wing_m

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.width_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half, thick = 0.5 * self.width_m, 0.5 * self.thick_m
        post = 0.5 * self.frame_m
        for end in (-1.0, 1.0):
            place = [0.0, end * (half + post), 0.5 * self.height_m]
            add_box(body, place, [thick, post, 0.5 * self.height_m], 1.0, rgba=_FRAME)
            wing = half + self.frame_m + 0.5 * self.wing_m
            place = [0.0, end * wing, 0.5 * self.height_m]
            add_box(body, place, [0.8 * thick, 0.5 * self.wing_m, 0.5 * self.height_m], 1.0,
                    rgba=_WALL)  # fmt: skip
        top = self.height_m - post
        add_box(body, [0.0, 0.0, top], [thick, half, post], 1.0, rgba=_FRAME)
        self._build_leaf(spec, body)

    def _build_leaf(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        """In a frame on the hinge's line, on the table."""
        side, t = sign(self.hinge), 0.5 * self.door_m
        swing = side if self.away else -side
        half_y, high = 0.5 * self.width_m - 0.002, self.height_m - self.frame_m - 0.004
        hinge = [0.0, side * 0.5 * self.width_m, 0.002]
        leaf = add_leaf(spec, body, "door", hinge, [0.0, 0.0, swing], self.opens_rad)
        y, z = -side * 0.5 * self.width_m, 0.5 * high
        solid = add_box(leaf, [0.0, y, z], [t, half_y, z], 0.6, rgba=self.paint_rgba)
        if self.glazed:
            solid.group = COLLISION_GROUP
            self._build_glazing(leaf, y, half_y, high)
        else:
            self._build_panels(leaf, y, half_y, high)
        for share in (0.15, 0.85):
            paint_cylinder(
                leaf, [-t if not self.away else t, 0.0, share * high], 0.005, 0.018, DARK
            )
        add_mark(leaf, "push", [-t, 0.84 * y, 0.36 * high])
        pivot_y = -side * (self.width_m - self.backset_m)
        self._build_handle(spec, body, leaf, [-t, pivot_y, self.handle_z_m])

    def _build_panels(self, leaf: mujoco.MjsBody, y: float, half_y: float, high: float) -> None:
        dark = [0.78 * value for value in self.paint_rgba[:3]] + [1.0]
        for low, top in ((0.07, 0.44), (0.60, 0.93)):
            middle, half = 0.5 * (low + top) * high, 0.5 * (top - low) * high
            size = [0.5 * self.door_m + 0.001, 0.62 * half_y, half]
            paint_box(leaf, [0.0, y, middle], size, dark)

    def _build_glazing(self, leaf: mujoco.MjsBody, y: float, half_y: float, high: float) -> None:
        """The solid door is hidden; rails and stiles round a window of four panes are seen."""
        t, stile, sill = 0.5 * self.door_m, 0.045, 0.62 * high
        paint_box(leaf, [0.0, y, 0.5 * sill], [t, half_y, 0.5 * sill], self.paint_rgba)
        rail = 0.015
        paint_box(leaf, [0.0, y, high - rail], [t, half_y, rail], self.paint_rgba)
        middle, half = 0.5 * (sill + high), 0.5 * (high - sill)
        for end in (-1.0, 1.0):
            place = [0.0, y + end * (half_y - 0.5 * stile), middle]
            paint_box(leaf, place, [t, 0.5 * stile, half], self.paint_rgba)
        paint_box(leaf, [0.0, y, middle], [0.4 * t, half_y - stile, half], _GLASS)
        paint_box(leaf, [0.0, y, middle], [0.8 * t, 0.004, half], self.paint_rgba)
        paint_box(leaf, [0.0, y, middle], [0.8 * t, half_y - stile, 0.004], self.paint_rgba)

    def _build_handle(
        self, spec: mujoco.MjSpec, body: mujoco.MjsBody, leaf: mujoco.MjsBody, pivot: list[float]
    ) -> None:
        """In a frame at its pivot on the door's front; positive angles press a lever down."""
        side = sign(self.hinge)
        paint_cylinder(leaf, [pivot[0] - 0.002, *pivot[1:]], 0.020, 0.003, DARK, INTO)
        handle = leaf.add_body(name=f"{body.name}_handle", pos=pivot)
        handle.add_joint(
            name=handle.name,
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=[-side, 0.0, 0.0],
            range=[0.0, 0.9],
            stiffness=_SPRING_NM_PER_RAD,
            springref=-_PRELOAD_RAD,
            damping=0.01,
            armature=0.001,
        )
        spec.add_exclude(bodyname1=leaf.name, bodyname2=handle.name)
        metal = CHROME if self.handle == "lever" else _BRASS
        out = -self.standoff_m
        paint_cylinder(handle, [0.5 * out, 0.0, 0.0], 0.007, 0.5 * self.standoff_m, metal, INTO)
        grasp_y = 0.0
        if self.handle == "lever":
            grasp_y = side * 0.70 * self.lever_m
            self._add_round(handle, [out, 0.0, 0.0], [out, side * self.lever_m, 0.0], 0.007, metal)
        else:
            ends = [out - 0.012, 0.0, 0.0], [out + 0.012, 0.0, 0.0]
            self._add_round(handle, *ends, self.knob_m, metal)
        add_mark(handle, "grasp", [out, grasp_y, 0.0])

    @staticmethod
    def _add_round(
        body: mujoco.MjsBody, start: list[float], end: list[float], radius_m: float, rgba: Rgba
    ) -> None:
        """A round bar that collides: a lever, or a knob's rim."""
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            fromto=[*start, *end],
            size=[radius_m, 0.0, 0.0],
            mass=0.03,
            condim=4,
            solref=[0.01, 1.0],
            rgba=list(rgba),
            group=VISUAL_GROUP,
        )
