"""Light bulbs, the holders in which they stand, and a lamp with an empty socket."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.thing import Thing
from clap_bench.gembench.thread import Thread, ThreadState
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box, add_foot, add_prism, add_ring, add_skin
from clap_sim.world.surfaces import Surface, add_surface, lathe, tube

_BRASS = (0.72, 0.55, 0.22, 1.0)
_PORCELAIN = (0.88, 0.87, 0.84, 1.0)
_DARK = (0.13, 0.13, 0.14, 1.0)
_WALL_M = 0.006
_FUNNEL_M = 0.006
"""Height and width of the chamfer that leads a bulb into a hole."""

_BRIGHTENED = 0.30
"""Share of white in the colour of a lit bulb."""

_GLOW = 0.7
"""Emission of its material."""


@dataclass(frozen=True)
class LitThread(Thread):
    """A bulb's thread: the bulb burns while it is turned in far enough to touch the contact.

    Attributes:
        contact_rad: turn from which on it burns.
    """

    contact_rad: float = np.radians(90.0)

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> ThreadState:
        return _LitThreadState(self, model, data)


class _LitThreadState(ThreadState):
    """Switches the material of the bulb's glass."""

    def __init__(self, thread: LitThread, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        super().__init__(thread, model, data)
        material = model.material(f"{thread.screw}_glass")
        self._contact_rad = thread.contact_rad
        self._rgba, self._emission = material.rgba, material.emission
        self._dark = material.rgba.copy()
        self._lit = False

    def reset(self) -> None:
        super().reset()
        self._show()

    def before_step(self) -> None:
        super().before_step()
        self._show()

    def _show(self) -> None:
        lit = self.engaged and self.turned_rad > self._contact_rad
        if lit != self._lit:
            self._lit = lit
            self._emission[:] = _GLOW * lit
            share = _BRIGHTENED * lit
            self._rgba[:3] = (1.0 - share) * self._dark[:3] + share


@dataclass(frozen=True)
class Bulb(Thing):
    """A light bulb of tinted glass: 52 mm across, 88 mm high, 0.05 kg.

    A brass cap (radius 12.5 mm, 24 mm high) under a globe whose middle is 62 mm above the bottom.
    """

    nouns: tuple[str, ...] = ("light bulb", "bulb")
    radius_m: float = 0.026
    cap_radius_m: float = 0.0125
    cap_m: float = 0.024
    globe_z_m: float = 0.062
    mass_kg: float = 0.05

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def height_m(self) -> float:
        return self.globe_z_m + self.radius_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        r, cap, middle = self.radius_m, self.cap_radius_m, self.globe_z_m
        tip = 0.7 * cap
        add_foot(body, tip, 0.004, 0.05 * self.mass_kg)
        add_prism(body, cap, (0.004, self.cap_m), 0.35 * self.mass_kg, boxes=4)
        add_prism(body, 0.65 * r, (self.cap_m, middle - 0.013), 0.1 * self.mass_kg, boxes=3)
        add_prism(body, 0.97 * r, (middle - 0.013, middle + 0.013), 0.4 * self.mass_kg, boxes=6)
        add_prism(body, 0.6 * r, (middle + 0.013, self.height_m), 0.1 * self.mass_kg, boxes=3)
        for geom in body.geoms:
            # A bulb that falls over should stop rolling.
            geom.condim = 6
        shell = add_surface(spec, f"{body.name}_cap", lathe(self._cap_profile(), 24))
        add_skin(body, shell, _BRASS)
        self._add_glass(spec, body)

    def _cap_profile(self) -> np.ndarray:
        r, high = self.cap_radius_m, self.cap_m
        ridges = [
            (r - 0.0015 * (k % 2), 0.005 + 0.0025 * k) for k in range(int((high - 0.006) / 0.0025))
        ]
        return np.array(
            [(0.0, 0.0), (0.004, 0.0), (0.7 * r, 0.004), *ridges, (r, high), (0.0, high)]
        )

    def _add_glass(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        angles = np.linspace(-0.33 * np.pi, 0.5 * np.pi, 12)
        globe = np.stack(
            [self.radius_m * np.cos(angles), self.globe_z_m + self.radius_m * np.sin(angles)],
            axis=1,
        )
        globe[-1, 0] = 0.0
        neck = [(0.0, self.cap_m), (self.cap_radius_m - 0.0005, self.cap_m)]
        profile = np.concatenate([neck, globe])
        mesh = add_surface(spec, f"{body.name}_globe", lathe(profile, 32))
        material = spec.add_material(
            name=f"{body.name}_glass", rgba=list(COLOURS[self.colour]), specular=0.8, shininess=0.8
        )
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=mesh,
            material=material.name,
            contype=0,
            conaffinity=0,
            mass=0.0,
            group=VISUAL_GROUP,
        )


@dataclass(frozen=True)
class BulbHolder(Thing):
    """A round coloured block (radius 34 mm, 26 mm high) with a hole in which a bulb stands."""

    nouns: tuple[str, ...] = ("holder", "base")
    movable: bool = False
    radius_m: float = 0.034
    top_m: float = 0.026
    hole_radius_m: float = 0.0150
    hole_floor_m: float = 0.006

    @property
    def footprint_radius_m(self) -> float:
        return self.radius_m

    @property
    def height_m(self) -> float:
        return self.top_m

    @property
    def floor_m(self) -> float:
        return self.hole_floor_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        floor, r, top = self.hole_floor_m, self.radius_m, self.top_m
        add_prism(body, r, (0.0, floor), 0.1, boxes=4)
        _add_hole(body, self.hole_radius_m, floor, top)
        profile = [
            (0.0, 0.0), (r, 0.0), (r, top - 0.004), (r - 0.003, top),
            (self.hole_radius_m + _FUNNEL_M, top), (self.hole_radius_m, top - _FUNNEL_M),
            (self.hole_radius_m, floor), (0.0, floor),
        ]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_block", lathe(np.array(profile), 32))
        add_skin(body, skin, COLOURS[self.colour])


@dataclass(frozen=True)
class SocketLamp(Thing):
    """A table lamp without shade: foot, stem, and an empty porcelain socket that points up.

    The foot has a radius of 60 mm, the socket's rim is 90 mm above the table; a cable lies on the
    table behind it. Site ``<body>_thread``: where a bulb's bottom is when the thread's first turns
    meet, 13 mm below the rim.
    """

    nouns: tuple[str, ...] = ("lamp",)
    movable: bool = False
    foot_radius_m: float = 0.060
    foot_m: float = 0.014
    stem_radius_m: float = 0.009
    socket_radius_m: float = 0.024
    socket_z_m: tuple[float, float] = (0.058, 0.090)
    hole_radius_m: float = 0.0150
    touch_m: float = 0.013
    cable_m: float = 0.10

    @property
    def footprint_radius_m(self) -> float:
        return self.foot_radius_m

    @property
    def height_m(self) -> float:
        return self.socket_z_m[1]

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        low, rim = self.socket_z_m
        floor = low + 0.006
        foot = self.foot_m
        add_prism(body, self.foot_radius_m, (0.0, foot), 0.5, boxes=4)
        half = self.stem_radius_m
        add_box(body, [0.0, 0.0, 0.5 * (foot + low)], [half, half, 0.5 * (low - foot)], 0.1)
        add_prism(body, self.socket_radius_m, (low, floor), 0.1, boxes=4)
        _add_hole(body, self.hole_radius_m, floor, rim)
        body.add_site(name=f"{body.name}_thread", pos=[0.0, 0.0, rim - self.touch_m], group=4)
        r, s = self.foot_radius_m, self.stem_radius_m
        stand = [
            (0.0, 0.0), (r, 0.0), (r, 0.004), (0.8 * r, foot - 0.002), (2.0 * s, foot),
            (s, foot + 0.008), (s, low), (0.0, low),
        ]  # fmt: skip
        w, hole = self.socket_radius_m, self.hole_radius_m
        socket = [
            (0.0, low), (0.7 * w, low), (w, low + 0.008), (w, rim - 0.002), (w - 0.002, rim),
            (hole + _FUNNEL_M, rim), (hole, rim - _FUNNEL_M), (hole, floor), (0.0, floor),
        ]  # fmt: skip
        for part, profile, rgba in (("stand", stand, _DARK), ("socket", socket, _PORCELAIN)):
            mesh = add_surface(spec, f"{body.name}_{part}", lathe(np.array(profile), 40))
            add_skin(body, mesh, rgba)
        add_skin(body, add_surface(spec, f"{body.name}_cable", self._cable()), _DARK)

    def _cable(self) -> Surface:
        start = self.foot_radius_m - 0.01
        path = np.array([[start + self.cable_m * t, 0.0, 0.003] for t in (0.0, 0.5, 1.0)])
        return tube(path, 0.006, 0.006, 8)


def _add_hole(body: mujoco.MjsBody, radius_m: float, floor_m: float, rim_m: float) -> None:
    """The wall of a round hole, with a chamfer at its rim."""
    straight = rim_m - _FUNNEL_M
    middle = radius_m + 0.5 * _WALL_M
    add_ring(body, (middle, floor_m), (middle, straight), _WALL_M, 0.05, segments=8)
    add_ring(body, (middle, straight), (middle + _FUNNEL_M, rim_m), _WALL_M, 0.05, segments=8)
