"""A bundle of banknotes with a paper band."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import mujoco
import numpy as np

from clap_bench.gembench.objects.labels import FACE_PX, Picture, box_material
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.solids import VISUAL_GROUP, add_box

_PAPER = (172, 204, 160)
_PRINT = (44, 96, 60)
_BAND = [0.86, 0.80, 0.62, 1.0]
_BAND_WIDTH_M = 0.022
_BAND_THICKNESS_M = 0.0004
_NOTES = 12
"""Edges of notes that are drawn on the sides."""


@dataclass(frozen=True)
class BanknoteBundle(Thing):
    """115 mm long (x), 60 mm wide (y), 30 mm thick, 0.1 kg; it lies flat.

    It is gripped across its width, 14 mm from its near end.
    """

    nouns: tuple[str, ...] = ("money", "banknotes", "cash")
    size_m: tuple[float, float, float] = (0.115, 0.060, 0.030)
    mass_kg: float = 0.10
    grip_behind_m: float = 0.014
    grip_height_m: float = 0.0165

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * float(np.hypot(*self.size_m[:2]))

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.size_m[1]

    @property
    def height_m(self) -> float:
        return self.size_m[2]

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        half = [0.5 * side for side in self.size_m]
        side, note = _edges(), _note()
        # The note's long side lies along x, so it reads from the side and not along x.
        faces = [side, side, side, side, np.rot90(note), np.rot90(note)]
        geom = add_box(body, [0.0, 0.0, half[2]], half, self.mass_kg, rgba=[1.0] * 4)
        geom.material = box_material(spec, f"{body.name}_notes", faces)
        thin = _BAND_THICKNESS_M
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=[0.0, 0.0, half[2]],
            size=[0.5 * _BAND_WIDTH_M, half[1] + thin, half[2] + thin],
            rgba=_BAND,
            contype=0,
            conaffinity=0,
            mass=0.0,
            group=VISUAL_GROUP,
        )


def _note() -> Picture:
    """A banknote's front: frame, portrait and figures."""
    size = FACE_PX
    image = np.full((size, size, 3), _PAPER, dtype=np.uint8)
    cv2.rectangle(image, (3, 3), (size - 4, size - 4), _PRINT, 3)
    centre = (size // 2, size // 2)
    cv2.ellipse(image, centre, (size // 6, size // 3), 0, 0, 360, _PRINT, -1)
    font = cv2.FONT_HERSHEY_DUPLEX
    for corner in ((7, 30), (66, 90)):
        cv2.putText(image, "100", corner, font, 0.42, _PRINT, 2, cv2.LINE_AA)
    return image


def _edges() -> Picture:
    """The bundle's side: light and dark lines, the notes' edges."""
    rows = np.arange(FACE_PX) * 2 * _NOTES // FACE_PX % 2
    shades = np.array([(236, 240, 228), (150, 178, 146)], dtype=np.uint8)
    return np.repeat(shades[rows][:, None, :], FACE_PX, axis=1)
