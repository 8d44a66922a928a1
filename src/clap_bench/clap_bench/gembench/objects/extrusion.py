"""Meshes drawn out of flat outlines: vaults, and trays and bands with round corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_sim.world.surfaces import Surface

Array = NDArray[np.float64]


def arch(span_m: float, height_m: float) -> Array:
    """[K, 2] outline (x, z) of half an ellipse on a short upright part, counter-clockwise."""
    angles = np.linspace(0.0, np.pi, 15)
    upright = 0.35 * height_m
    x = 0.5 * span_m * np.cos(angles)
    z = upright + (height_m - upright) * np.sin(angles)
    curve = np.stack([x, z], axis=1)
    return np.concatenate([[(0.5 * span_m, 0.0)], curve, [(-0.5 * span_m, 0.0)]])


def rounded(half_x_m: float, half_y_m: float, radius_m: float, steps: int = 5) -> Array:
    """[4 * steps, 2] outline (x, y) of a rectangle with round corners, counter-clockwise."""
    corners = []
    for k, (x, y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        angles = 0.5 * np.pi * (k + np.linspace(0.0, 1.0, steps))
        middle = np.array([x * (half_x_m - radius_m), y * (half_y_m - radius_m)])
        corners.append(middle + radius_m * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return np.concatenate(corners)


def extruded(outline_xz: Array, width_m: float) -> Surface:
    """A convex outline in the x-z plane drawn out along y about y = 0, both ends closed."""
    near, far = (np.insert(outline_xz, 1, y, axis=1) for y in (0.5 * width_m, -0.5 * width_m))
    ends = [ring.mean(axis=0, keepdims=True) for ring in (near, far)]
    return skinned([ends[0], near, near, far, far, ends[1]])


def tray(outside_xy: Array, inside_xy: Array, top_m: float, floor_m: float) -> Surface:
    """An open box between two outlines with as many corners; its bottom is z = 0."""
    middle, centre = np.zeros((1, 3)), np.array([[0.0, 0.0, floor_m]])
    foot, rim = _at(outside_xy, 0.0), _at(outside_xy, top_m)
    edge, floor = _at(inside_xy, top_m), _at(inside_xy, floor_m)
    return skinned([middle, foot, foot, rim, rim, edge, edge, floor, floor, centre])


def frame(outside_xy: Array, inside_xy: Array, height_m: float) -> Surface:
    """A band between two outlines with as many corners, from z = 0 up."""
    a, b = _at(inside_xy, 0.0), _at(outside_xy, 0.0)
    c, d = _at(outside_xy, height_m), _at(inside_xy, height_m)
    return skinned([a, b, b, c, c, d, d, a])


def skinned(rings: list[Array]) -> Surface:
    """A surface through rings [K, 3] or single points [1, 3], one after the other.

    A ring that is named twice makes a sharp edge. The rings run counter-clockwise seen against the
    direction in which they follow each other.
    """
    size = max(len(ring) for ring in rings)
    vertices = np.concatenate([np.broadcast_to(ring, (size, 3)) for ring in rings])
    around = np.arange(size, dtype=np.int32)
    strips = []
    for k in range(len(rings) - 1):
        low, high = k * size + around, (k + 1) * size + around
        low_next, high_next = np.roll(low, -1), np.roll(high, -1)
        strips.append(np.stack([low, low_next, high], axis=1))
        strips.append(np.stack([low_next, high_next, high], axis=1))
    faces = np.concatenate(strips)
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return Surface(vertices, faces[np.linalg.norm(across, axis=1) > 0.0].astype(np.int32))


def _at(outline_xy: Array, z_m: float) -> Array:
    return np.insert(outline_xy, 2, z_m, axis=1)
