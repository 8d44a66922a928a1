"""A child's shoe."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.extrusion import skinned
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box, add_skin
from clap_sim.world.surfaces import Surface, add_surface

Array = NDArray[np.float64]

_SOLE_M = 0.012
_COLLAR_M = (-0.038, 0.0, 0.030, 0.019)
"""Opening for the foot: x of its middle, y, half length, half width."""

_STATIONS = np.array([
    # x       half width  height
    (-0.070, 0.010, 0.050),
    (-0.067, 0.018, 0.056),
    (-0.058, 0.023, 0.058),
    (-0.038, 0.025, 0.057),
    (-0.012, 0.025, 0.056),
    (0.000, 0.025, 0.050),
    (0.015, 0.026, 0.041),
    (0.032, 0.028, 0.033),
    (0.048, 0.027, 0.029),
    (0.060, 0.022, 0.026),
    (0.067, 0.014, 0.022),
    (0.070, 0.006, 0.017),
])  # fmt: skip
"""Cross sections of the upper from heel to toe [m]."""


@dataclass(frozen=True)
class Shoe(Thing):
    """A laced shoe: 140 mm long, 56 mm wide at the toe and 50 mm at the heel, 58 mm high, 0.12 kg.

    The toe points along +x of its frame. It is taken across the heel, at `grip_m`.
    """

    nouns: tuple[str, ...] = ("shoe",)
    mass_kg: float = 0.12
    grip_m: tuple[float, float, float] = (-0.030, 0.0, 0.042)

    @property
    def footprint_radius_m(self) -> float:
        return float(_STATIONS[-1, 0])

    @property
    def height_m(self) -> float:
        return float(_STATIONS[:, 2].max())

    @property
    def body_radius_m(self) -> float:
        return float(_STATIONS[:, 1].max())

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        add_box(body, [0.0, 0.0, 0.5 * _SOLE_M], [0.066, 0.024, 0.5 * _SOLE_M], 0.5 * self.mass_kg)
        self._add_upper(body, (-0.069, 0.0), 0.025, 0.056)
        self._add_upper(body, (0.0, 0.066), 0.026, 0.032)
        upper = add_surface(spec, f"{body.name}_upper", _upper())
        add_skin(body, upper, COLOURS[self.colour])
        sole = add_surface(spec, f"{body.name}_sole", _sole())
        add_skin(body, sole, COLOURS["white"])
        self._add_opening(body)
        self._add_laces(body)

    def _add_upper(
        self, body: mujoco.MjsBody, x_m: tuple[float, float], half_width_m: float, top_m: float
    ) -> None:
        half = [0.5 * (x_m[1] - x_m[0]), half_width_m, 0.5 * (top_m - _SOLE_M)]
        middle = [0.5 * (x_m[0] + x_m[1]), 0.0, 0.5 * (top_m + _SOLE_M)]
        add_box(body, middle, half, 0.25 * self.mass_kg)

    def _add_opening(self, body: mujoco.MjsBody) -> None:
        x, y, length, width = _COLLAR_M
        for grown, rgba, z in ((0.003, COLOURS["white"], 0.0), (0.0, COLOURS["black"], 0.0008)):
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
                pos=[x, y, self.height_m - 0.003 + z],
                size=[length + grown, width + grown, 0.004],
                rgba=list(rgba),
                contype=0,
                conaffinity=0,
                mass=0.0,
                group=VISUAL_GROUP,
            )

    def _add_laces(self, body: mujoco.MjsBody) -> None:
        """Three white bars across the slope of the instep."""
        for x in (0.004, 0.015, 0.026):
            z = float(np.interp(x, _STATIONS[:, 0], _STATIONS[:, 2]))
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CAPSULE,
                fromto=[x, -0.013, z - 0.001, x, 0.013, z - 0.001],
                size=[0.0022, 0.0, 0.0],
                rgba=list(COLOURS["white"]),
                contype=0,
                conaffinity=0,
                mass=0.0,
                group=VISUAL_GROUP,
            )


def _upper() -> Surface:
    """Loft of half superellipses over the sole, closed at heel and toe."""
    angles = np.linspace(0.0, np.pi, 13)
    rings = []
    for x, half_width, top in _STATIONS:
        y = half_width * np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** 0.6
        z = _SOLE_M + (top - _SOLE_M) * np.sin(angles) ** 0.6
        rings.append(np.stack([np.full_like(y, x), y, z], axis=1))
    ends = [ring.mean(axis=0, keepdims=True) for ring in (rings[0], rings[-1])]
    return skinned([ends[0], rings[0], *rings, rings[-1], ends[1]])


def _sole() -> Surface:
    """The outline of the upper, a little wider, drawn up to the sole's height."""
    grown = 0.002
    x, y = _STATIONS[:, 0] * 1.02, _STATIONS[:, 1] + grown
    outline = np.concatenate([np.stack([x, -y], axis=1), np.stack([x, y], axis=1)[::-1]])
    low, high = (np.insert(outline, 2, z, axis=1) for z in (0.0, _SOLE_M + 0.001))
    ends = [ring.mean(axis=0, keepdims=True) for ring in (low, high)]
    return skinned([ends[0], low, low, high, high, ends[1]])
