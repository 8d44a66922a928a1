"""Outlines of objects seen from above: best circle, best rectangle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BINS = 72
_NOISE_SHARE = 0.1
_TRIPLES = 150
_TURNS = 90
_STRAY_POINTS = 2
_MANY_POINTS = 24


@dataclass(frozen=True)
class Circle:
    """A circle in the plane.

    Attributes:
        center: [2] position, metres.
        radius_m: its radius.
        error_m: mean distance of the outline to it, over the three quarters that fit best.
    """

    center: NDArray[np.float64]
    radius_m: float
    error_m: float


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in the plane.

    Attributes:
        center: [2] position, metres.
        angle_rad: direction of the longer side, in [-pi/2, pi/2).
        length_m, width_m: longer and shorter side.
        error_m: mean distance of the outline to it, over the three quarters that fit best.
    """

    center: NDArray[np.float64]
    angle_rad: float
    length_m: float
    width_m: float
    error_m: float


def outline(xy: NDArray[np.floating]) -> NDArray[np.float64]:
    """[M, 2] an outermost point in each of 72 directions in which there is one, M <= 72.

    Args:
        xy: [N, 2] points, N >= 1.
    """
    points = xy.astype(np.float64)
    center = (np.percentile(points, 2, axis=0) + np.percentile(points, 98, axis=0)) / 2
    offset = points - center
    distance = np.hypot(*offset.T)
    bins = ((np.arctan2(offset[:, 1], offset[:, 0]) / (2 * np.pi) + 0.5) * _BINS).astype(np.intp)
    bins %= _BINS
    # The outermost tenth in each direction is left to noise.
    order = np.lexsort((distance, bins))
    counts = np.bincount(bins, minlength=_BINS)
    ends = np.cumsum(counts)
    chosen = ends - 1 - (counts * _NOISE_SHARE).astype(np.intp)
    return points[order[chosen[counts > 0]]]


def fit_circle(border: NDArray[np.float64], max_radius_m: float = 0.3) -> Circle:
    """The circle most of an outline lies on; a bump such as a handle is left aside.

    Every candidate goes through three outline points (RANSAC with a fixed set of triples, so
    the same outline always gives the same circle), the best is refined by least squares.

    Args:
        border: [M, 2] outline, M >= 3.
        max_radius_m: larger circles are not considered.
    """
    count = len(border)
    # The mean radius may exceed what three nearly collinear points give: always one candidate.
    center = border.mean(axis=0)
    best = Circle(center, float(np.hypot(*(border - center).T).mean()), np.inf)
    triples = np.random.default_rng(0).integers(0, count, size=(_TRIPLES, 3))
    a, b, c = border[triples[:, 0]], border[triples[:, 1]], border[triples[:, 2]]
    doubled = 2 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    valid = np.abs(doubled) > 1e-6
    a, b, c, doubled = a[valid], b[valid], c[valid], doubled[valid]
    bb, cc = ((b - a) ** 2).sum(axis=1), ((c - a) ** 2).sum(axis=1)
    x = ((c - a)[:, 1] * bb - (b - a)[:, 1] * cc) / doubled
    y = ((b - a)[:, 0] * cc - (c - a)[:, 0] * bb) / doubled
    centers, radii = a + np.column_stack([x, y]), np.hypot(x, y)
    keep = radii < max_radius_m
    if keep.any():
        centers, radii = centers[keep], radii[keep]
        distance = np.hypot(*(border[None] - centers[:, None]).transpose(2, 0, 1))
        errors = np.sort(np.abs(distance - radii[:, None]), axis=1)[:, : max(3, 3 * count // 4)]
        index = int(errors.mean(axis=1).argmin())
        best = Circle(centers[index], float(radii[index]), float(errors[index].mean()))
    return _refine(border, best)


def _refine(border: NDArray[np.float64], circle: Circle) -> Circle:
    for _ in range(3):
        residual = np.abs(np.hypot(*(border - circle.center).T) - circle.radius_m)
        kept = border[np.argsort(residual, kind="stable")[: max(3, 3 * len(border) // 4)]]
        matrix = np.column_stack([2 * kept, np.ones(len(kept))])
        solution, *_ = np.linalg.lstsq(matrix, (kept**2).sum(axis=1), rcond=None)
        center = solution[:2]
        radius = float(np.sqrt(max(solution[2] + center @ center, 0.0)))
        error = float(np.abs(np.hypot(*(kept - center).T) - radius).mean())
        if not np.isfinite(error) or error >= circle.error_m:
            break
        circle = Circle(center, radius, error)
    return circle


def fit_rectangle(border: NDArray[np.float64]) -> Rectangle:
    """The rectangle an outline fits best, over all turns in steps of a degree.

    Each side lies where all but the outermost two points are inside, so that a few stray points
    do not move it.

    Args:
        border: [M, 2] outline, M >= 1.
    """
    angles = np.linspace(0.0, np.pi / 2, _TURNS, endpoint=False)
    axes = np.stack([np.cos(angles), np.sin(angles)])
    normals = np.stack([-axes[1], axes[0]])
    along, across = border @ axes, border @ normals
    stray = _STRAY_POINTS if len(border) >= _MANY_POINTS else 0
    sides = [np.sort(values, axis=0)[[stray, -1 - stray]] for values in (along, across)]
    middles = [pair.mean(axis=0) for pair in sides]
    halves = [(pair[1] - pair[0]) / 2 for pair in sides]
    gap = np.minimum(
        np.abs(np.abs(along - middles[0]) - halves[0]),
        np.abs(np.abs(across - middles[1]) - halves[1]),
    )
    errors = np.sort(gap, axis=0)[: max(3, 3 * len(border) // 4)].mean(axis=0)
    best = int(errors.argmin())
    center = axes[:, best] * middles[0][best] + normals[:, best] * middles[1][best]
    length, width = float(2 * halves[0][best]), float(2 * halves[1][best])
    angle = float(angles[best])
    if width > length:
        length, width, angle = width, length, angle + np.pi / 2
    angle = (angle + np.pi / 2) % np.pi - np.pi / 2
    return Rectangle(center, angle, length, width, float(errors[best]))
