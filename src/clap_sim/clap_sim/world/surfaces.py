"""Meshes made in code: surfaces of revolution and swept tubes, with outward faces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Surface:
    """A closed triangle mesh.

    Attributes:
        vertices: [N, 3] positions [m].
        faces: [M, 3] vertex indices, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]


def lathe(profile_rz: NDArray[np.float64], segments: int = 40) -> Surface:
    """Turn a closed profile about the z axis.

    Args:
        profile_rz: [K, 2] corners (radius, height) [m] in counter-clockwise order seen with the
            radius to the right and the height up; the last corner joins the first. Corners with
            radius 0 become poles.
        segments: steps of a full turn.
    """
    angles = np.arange(segments) * 2.0 * np.pi / segments
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    vertices: list[NDArray[np.float64]] = []
    rings: list[NDArray[np.int32]] = []
    count = 0
    for radius, height in profile_rz:
        size = 1 if radius == 0.0 else segments
        ring = np.zeros((size, 3))
        ring[:, :2] = radius * circle[:size]
        ring[:, 2] = height
        vertices.append(ring)
        # A pole is a ring that has the same vertex everywhere.
        rings.append(count + np.arange(segments, dtype=np.int32) * (size > 1))
        count += size
    faces = [
        _strip(ring, following)
        for ring, following in zip(rings, rings[1:] + rings[:1], strict=True)
    ]
    return Surface(np.concatenate(vertices), _without_slivers(np.concatenate(faces)))


def tube(
    path: NDArray[np.float64], width_y_m: float, thickness_m: float, segments: int = 12
) -> Surface:
    """Sweep an ellipse along a path in the x-z plane; both ends are closed.

    Args:
        path: [K, 3] points with y = 0 [m], in the order that turns from +x to -z at most slowly.
        width_y_m: full width of the ellipse along y.
        thickness_m: full thickness in the x-z plane.
        segments: steps around the ellipse.
    """
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    along_y = np.array([0.0, 1.0, 0.0])
    normal = np.cross(along_y, tangent)
    angles = np.arange(segments) * 2.0 * np.pi / segments
    ellipse = (
        0.5 * thickness_m * np.cos(angles)[None, :, None] * normal[:, None, :]
        + 0.5 * width_y_m * np.sin(angles)[None, :, None] * along_y
    )
    body = (path[:, None, :] + ellipse).reshape(-1, 3)
    vertices = np.concatenate([path[:1], body, path[-1:]])
    around = np.arange(segments, dtype=np.int32)
    rings = [1 + k * segments + around for k in range(len(path))]
    rings = [np.zeros_like(around), *rings, np.full_like(around, len(vertices) - 1)]
    faces = [_strip(a, b)[:, ::-1] for a, b in pairwise(rings)]
    return Surface(vertices, _without_slivers(np.concatenate(faces)))


def add_surface(spec: mujoco.MjSpec, name: str, surface: Surface) -> str:
    """Add the surface to the model's meshes; returns the mesh's name."""
    spec.add_mesh(
        name=name,
        uservert=surface.vertices.ravel().tolist(),
        userface=surface.faces.ravel().tolist(),
    )
    return name


def _strip(ring: NDArray[np.int32], following: NDArray[np.int32]) -> NDArray[np.int32]:
    """Triangles between two rings of equally many vertices."""
    ring_next, following_next = np.roll(ring, -1), np.roll(following, -1)
    lower = np.stack([ring, ring_next, following], axis=1)
    upper = np.stack([ring_next, following_next, following], axis=1)
    return np.concatenate([lower, upper]).astype(np.int32)


def _without_slivers(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Drop triangles that use a vertex twice (those at poles)."""
    a, b, c = faces.T
    return faces[(a != b) & (b != c) & (c != a)]
