"""Flat solids with a curved outline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_sim.world.surfaces import Surface


def slab(outer: NDArray[np.float64], inner: NDArray[np.float64], height_m: float) -> Surface:
    """A flat solid from z = 0 up, seen from above a band between two lines.

    Args:
        outer: [K, 2] corners, with the band to their left.
        inner: [K, 2] the corners across; where all are the same point the outer line is closed.
        height_m: thickness.
    """
    count = len(outer)
    flat = np.concatenate([outer, inner])
    vertices = np.concatenate(
        [np.column_stack([flat, np.full(len(flat), z)]) for z in (0.0, height_m)]
    )
    k = np.arange(count - 1)
    above = 2 * count
    across = [(k, k + 1, k + 1 + count), (k, k + 1 + count, k + count)]
    top = [np.stack(corners, axis=1) + above for corners in across]
    bottom = [np.stack(corners[::-1], axis=1) for corners in across]
    rim = np.concatenate([np.arange(count), np.arange(2 * count - 1, count - 1, -1)])
    following = np.roll(rim, -1)
    sides = [
        np.stack([rim, following, following + above], axis=1),
        np.stack([rim, following + above, rim + above], axis=1),
    ]
    faces = np.concatenate([*top, *bottom, *sides])
    return Surface(vertices, _with_area(vertices, faces).astype(np.int32))


def _with_area(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without triangles that are no more than a line."""
    a, b, c = (vertices[corner] for corner in faces.T)
    return faces[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12]
