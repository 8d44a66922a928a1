"""What block games need beside the blocks: flat targets and a stick."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box

_PAINT_M = 0.0006
"""Thickness of a painted target. It is seen and not felt, so things slide over its rim."""


@dataclass(frozen=True)
class PaintedTarget(Thing):
    """A coloured square painted on the table, 0.1 m by default."""

    nouns: tuple[str, ...] = ("target", "square")
    movable: bool = False
    half_side_m: float = 0.050

    @property
    def footprint_radius_m(self) -> float:
        return self.half_side_m * float(np.sqrt(2.0))

    @property
    def body_radius_m(self) -> float:
        return self.half_side_m

    @property
    def height_m(self) -> float:
        return 0.0

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[0.0, 0.0, 0.5 * _PAINT_M],
            size=[self.half_side_m, self.half_side_m, 0.5 * _PAINT_M],
            contype=0,
            conaffinity=0,
            group=VISUAL_GROUP,
            rgba=list(COLOURS[self.colour]),
        )


@dataclass(frozen=True)
class Pad(Thing):
    """A low square platform of 100 mm, 6 mm high, with a white rim; it is fixed to the table."""

    nouns: tuple[str, ...] = ("pad", "platform", "plate")
    movable: bool = False
    half_side_m: float = 0.050
    thickness_m: float = 0.006
    rim_m: float = 0.005

    @property
    def footprint_radius_m(self) -> float:
        return self.half_side_m * float(np.sqrt(2.0))

    @property
    def body_radius_m(self) -> float:
        return self.half_side_m

    @property
    def height_m(self) -> float:
        return self.thickness_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half, thin = self.half_side_m, 0.5 * self.thickness_m
        add_box(body, [0.0, 0.0, thin], [half, half, thin], 0.2, rgba=COLOURS["white"])
        inner = half - self.rim_m
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[0.0, 0.0, thin + 0.25 * _PAINT_M],
            size=[inner, inner, thin + 0.25 * _PAINT_M],
            contype=0,
            conaffinity=0,
            group=VISUAL_GROUP,
            rgba=list(COLOURS[self.colour]),
        )


@dataclass(frozen=True)
class Stick(Thing):
    """A stick along its x axis with a black grip at its -x end.

    0.34 m long and 20 mm square, 0.08 kg. It lies flat, so a hand takes it from above; the site
    ``<body>_grip`` is the middle of the grip, x along the stick, 0.05 m from its end.
    """

    nouns: tuple[str, ...] = ("stick", "rod")
    length_m: float = 0.34
    side_m: float = 0.020
    grip_m: float = 0.10
    mass_kg: float = 0.08

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * self.length_m

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.side_m

    @property
    def height_m(self) -> float:
        return self.side_m

    @property
    def beyond_grip_m(self) -> float:
        """Length from the middle of the grip to the tip."""
        return self.length_m - 0.5 * self.grip_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half, half_length = 0.5 * self.side_m, 0.5 * self.length_m
        seam = -half_length + self.grip_m
        for low, high, colour in (
            (-half_length, seam, "black"),
            (seam, half_length, self.colour),
        ):
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX,
                pos=[0.5 * (low + high), 0.0, half],
                size=[0.5 * (high - low), half, half],
                contype=0,
                conaffinity=0,
                mass=0.0,
                group=VISUAL_GROUP,
                rgba=list(COLOURS[colour]),
            )
        # One box carries all contacts: the seam would trip what slides along it.
        add_box(body, [0.0, 0.0, half], [half_length, half, half], self.mass_kg)
        body.add_site(
            name=f"{body.name}_grip",
            pos=[-half_length + 0.5 * self.grip_m, 0.0, half],
            size=[0.001] * 3,
            group=4,
        )
