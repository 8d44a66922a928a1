"""Prints on packages: pictures made in code, and meshes that carry them around a round body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.pictures import add_picture_material
from clap_sim.world.solids import VISUAL_GROUP

FACE_PX = 96
"""Side of the picture on one face of a box."""

WRAP_PX = (96, 256)
"""Rows and columns of the picture around a round body; it is repeated twice around."""

_SEGMENTS = 32
_MARGIN = 0.86
"""Share of a picture's width that words may take."""

Rgb = tuple[int, int, int]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Print:
    """What is printed on a package.

    Attributes:
        words: one line each.
        ground: colour of the package, 0..255.
        panel: colour of the field behind the words.
        ink: colour of the words.
        trim: colour of the stripe below them.
    """

    words: tuple[str, ...]
    ground: Rgb
    panel: Rgb
    ink: Rgb
    trim: Rgb

    def picture(self, rows: int, columns: int) -> Picture:
        """[rows, columns, 3] the print on one side of the package."""
        image = np.full((rows, columns, 3), self.ground, dtype=np.uint8)
        top, bottom = round(0.22 * rows), round(0.68 * rows)
        image[top:bottom] = self.panel
        image[round(0.74 * rows) : round(0.82 * rows)] = self.trim
        line = (bottom - top) / len(self.words)
        for k, word in enumerate(self.words):
            _write(image, word, top + (k + 0.5) * line, line, self.ink)
        return image


def _write(image: Picture, word: str, middle: float, line: float, ink: Rgb) -> None:
    """Write a word in the middle of a line, as large as fits; `middle` and `line` in pixels."""
    font, thick = cv2.FONT_HERSHEY_DUPLEX, 2
    (width, height), _ = cv2.getTextSize(word, font, 1.0, thick)
    scale = min(_MARGIN * image.shape[1] / width, 0.66 * line / height)
    (width, height), _ = cv2.getTextSize(word, font, scale, thick)
    corner = (round(0.5 * (image.shape[1] - width)), round(middle + 0.5 * height))
    cv2.putText(image, word, corner, font, scale, ink, thick, cv2.LINE_AA)


def box_material(spec: mujoco.MjSpec, name: str, faces: Sequence[Picture]) -> str:
    """A material that shows a square picture upright on each face of a box.

    Args:
        spec: the model.
        name: of texture and material.
        faces: six pictures of the same size, on +x, -x, +y, -y, +z and -z of the box; that on top
            is upright for someone who looks along +x, that on the bottom is not turned.

    Returns:
        The material's name.
    """
    xp, xn, yp, yn, zp, zn = faces
    turned = (np.rot90(xp, 1), np.rot90(xn, -1), np.rot90(yp, 2), yn, np.rot90(zp, -1), zn)
    return _add_material(spec, name, np.concatenate(turned), mujoco.mjtTexture.mjTEXTURE_CUBE)


def add_wrapped_skin(
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    part: str,
    profile_rzv: NDArray[np.float64],
    picture: Picture,
    flatness: float = 1.0,
) -> None:
    """A surface of revolution with a picture around it; it is seen and does not collide.

    Args:
        spec, body: where it is added.
        part: names mesh and material together with the body's name.
        profile_rzv: [K, 3] radius [m], height [m] and row of the picture (0 its lower edge, 1 its
            upper one) from the lowest corner to the highest; outside is on its right.
        picture: spread around the body twice.
        flatness: by how much the y axis is shorter than the x axis.
    """
    name = f"{body.name}_{part}"
    angles = np.linspace(-np.pi, np.pi, _SEGMENTS + 1)
    circle = np.stack([np.cos(angles), flatness * np.sin(angles)], axis=1)
    around = np.linspace(0.0, 2.0, _SEGMENTS + 1)
    vertices, texels = [], []
    for radius, height, row in profile_rzv:
        heights = np.full((len(angles), 1), height)
        vertices.append(np.hstack([radius * circle, heights]))
        texels.append(np.stack([around, np.full(len(angles), 1.0 - row)], axis=1))
    spec.add_mesh(
        name=name,
        uservert=np.concatenate(vertices).ravel().tolist(),
        usertexcoord=np.concatenate(texels).ravel().tolist(),
        userface=_faces(len(profile_rzv)).ravel().tolist(),
        inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
    )
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=name,
        material=_add_material(spec, name, picture, mujoco.mjtTexture.mjTEXTURE_2D),
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=VISUAL_GROUP,
    )


def _faces(rings: int) -> NDArray[np.int32]:
    """Two triangles for each field between the rings of `add_wrapped_skin`."""
    columns = _SEGMENTS + 1
    low = (np.arange(rings - 1)[:, None] * columns + np.arange(_SEGMENTS)).ravel()
    lower = np.stack([low, low + 1, low + columns], axis=1)
    upper = np.stack([low + 1, low + columns + 1, low + columns], axis=1)
    return np.concatenate([lower, upper]).astype(np.int32)


def _add_material(spec: mujoco.MjSpec, name: str, picture: Picture, kind: mujoco.mjtTexture) -> str:
    material = add_picture_material(spec, name, picture, kind)
    material.specular, material.shininess = 0.2, 0.3
    return name
