"""What kind of thing a segment's shape suggests: mug, bowl, plate, block, can, ball, ..."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_baseline.footprints import (
    Circle,
    Rectangle,
    fit_circle,
    fit_rectangle,
    outline,
)

_TOP_PERCENTILE = 98.0
_INNER_SHARE = 0.6
"""The interior of a round object is what lies within this share of its radius."""
_CELL_M = 0.006
_HANDLE_GAP_M = 0.009
_HANDLE_REACH_M = 0.07
_HANDLE_MIN_POINTS = 8


@dataclass(frozen=True)
class MugHandle:
    """The grip that sticks out of a round body.

    Attributes:
        point: [3] middle of its outer, upright part, base frame.
        angle_rad: direction from the body's axis to it.
    """

    point: NDArray[np.float64]
    angle_rad: float


@dataclass(frozen=True)
class SegmentShape:
    """Measures of a segment and the kinds they suggest.

    Attributes:
        circle: around the body, seen from above.
        rectangle: around everything, seen from above.
        top_m: height of the top above the table.
        floor_m: height of the inner floor of something hollow, else of the top.
        roundness: 0..1, how much better the circle fits than the rectangle.
        hollow: 0..1.
        handle: of a mug, where one is seen.
        scores: kind -> 0..1, best first.
    """

    circle: Circle
    rectangle: Rectangle
    top_m: float
    floor_m: float
    roundness: float
    hollow: float
    handle: MugHandle | None
    scores: dict[str, float]

    @property
    def kind(self) -> str:
        """The kind with the best score; "object" when none is convincing."""
        kind, score = next(iter(self.scores.items()))
        return kind if score >= 0.3 else "object"

    @property
    def is_round(self) -> bool:
        """Whether the circle describes it better than the rectangle."""
        return self.roundness > 0.5 and self.kind not in ("block", "cabinet", "stick")

    @property
    def center(self) -> NDArray[np.float64]:
        """[2] middle of the body, seen from above."""
        return self.circle.center if self.is_round else self.rectangle.center

    @property
    def radius_m(self) -> float:
        """Radius of the body; for a rectangle that of the circle around it."""
        if self.is_round:
            return self.circle.radius_m
        return float(np.hypot(self.rectangle.length_m, self.rectangle.width_m) / 2)


def measure(xyz: NDArray[np.floating], height: NDArray[np.floating]) -> SegmentShape:
    """Describe a segment's shape.

    Args:
        xyz: [N, 3] points in the base frame, N >= 1.
        height: [N] heights above the table.
    """
    border = outline(xyz[:, :2])
    rectangle = fit_rectangle(border)
    circle = (
        fit_circle(border)
        if len(border) >= 8
        else Circle(rectangle.center, rectangle.length_m / 2, np.inf)
    )
    top = float(np.percentile(height, _TOP_PERCENTILE))
    roundness = _fall(circle.error_m / max(rectangle.error_m, 1e-4), 0.5, 0.85) * _rise(
        rectangle.width_m / max(rectangle.length_m, 1e-3), 0.5, 0.65
    )
    handle = _find_handle(xyz, height, circle, top)
    hollow, floor = _hollowness(xyz, height, circle, top)
    dome = _domedness(xyz, height, circle, top)
    scores = _score(circle, rectangle, top, roundness, hollow, floor, handle is not None, dome)
    if scores["mug"] < 0.2:
        handle = None
    if hollow < 0.5:
        floor = top
    ordered = dict(sorted(scores.items(), key=lambda item: -item[1]))
    return SegmentShape(circle, rectangle, top, floor, roundness, hollow, handle, ordered)


def _score(
    circle: Circle,
    rectangle: Rectangle,
    top: float,
    roundness: float,
    hollow: float,
    floor: float,
    has_handle: bool,
    dome: float,
) -> dict[str, float]:
    diameter = 2 * circle.radius_m
    slender = top / max(diameter, 1e-3)
    square, solid = 1 - roundness, 1 - hollow
    length, width = rectangle.length_m, rectangle.width_m
    return {
        "plate": roundness * _within(diameter, 0.10, 0.32) * _fall(top, 0.03, 0.045),
        "bowl": roundness
        * hollow
        * _within(diameter, 0.09, 0.26)
        * _within(top, 0.03, 0.13)
        * _fall(slender, 0.65, 0.85)
        * (0.6 if has_handle else 1.0),
        "mug": max(roundness, 0.8 if has_handle else 0.0)
        * hollow
        * _within(diameter, 0.05, 0.115)
        * _within(top, 0.05, 0.14)
        * _rise(slender, 0.55, 0.75)
        * (1.0 if has_handle else 0.8),
        "can": roundness
        * solid
        * _within(diameter, 0.04, 0.12)
        * _within(top, 0.04, 0.25)
        * _rise(slender, 0.95, 1.25),
        "ball": roundness
        * solid
        * _within(diameter, 0.03, 0.12)
        * _within(slender, 0.8, 1.1)
        * dome,
        "block": square
        * _fall(length, 0.13, 0.18)
        * _within(top, 0.02, 0.13)
        * _fall(length / max(width, 1e-3), 2.5, 4.0),
        "stick": _rise(length / max(width, 1e-3), 2.5, 4.0) * _fall(width, 0.05, 0.08),
        "cabinet": square * _rise(top, 0.10, 0.14) * _rise(width, 0.10, 0.14),
        "button": 0.0,
    }


def floor_height(
    xyz: NDArray[np.floating], height: NDArray[np.floating], circle: Circle
) -> float | None:
    """Height of what is seen from above inside of something round; None where nothing is [m]."""
    seen = _interior(xyz, height, circle)
    return float(np.median(seen)) if len(seen) else None


def _interior(
    xyz: NDArray[np.floating], height: NDArray[np.floating], circle: Circle
) -> NDArray[np.float64]:
    """[K] the highest point in each small cell of the interior in which there is one."""
    inner = np.hypot(*(xyz[:, :2] - circle.center).T) < _INNER_SHARE * circle.radius_m
    if not inner.any():
        return np.zeros(0)
    cell = np.floor((xyz[inner, :2] - circle.center) / _CELL_M).astype(np.intp)
    cell -= cell.min(axis=0)
    highest = np.full(cell.max(axis=0) + 1, -np.inf)
    np.maximum.at(highest, tuple(cell.T), height[inner])
    return highest[np.isfinite(highest)]


def _hollowness(
    xyz: NDArray[np.floating], height: NDArray[np.floating], circle: Circle, top: float
) -> tuple[float, float]:
    """How hollow something round is, 0..1, and the height of its inner floor.

    From above one sees the top of a solid thing all over its interior. A hollow one shows its
    floor there, or, when it is deep, little at all.
    """
    seen = _interior(xyz, height, circle)
    if len(seen) == 0:
        return (1.0 if top > 2 * _CELL_M else 0.0), 0.0
    depth = min(max(0.012, 0.25 * top), 0.5 * top)
    expected = max(1.0, np.pi * (_INNER_SHARE * circle.radius_m / _CELL_M) ** 2)
    covered = np.count_nonzero(seen > top - depth) / expected
    return _fall(covered, 0.25, 0.5), float(np.percentile(seen, 25))


def _domedness(
    xyz: NDArray[np.floating], height: NDArray[np.floating], circle: Circle, top: float
) -> float:
    """How much a round thing falls off towards its edge as a ball does, 0..1."""
    distance = np.hypot(*(xyz[:, :2] - circle.center).T) / max(circle.radius_m, 1e-3)
    edge = (distance > 0.8) & (distance < 1.0)
    if not edge.any():
        return 0.0
    drop = top - float(np.percentile(height[edge], 90))
    return _rise(drop / max(circle.radius_m, 1e-3), 0.15, 0.3)


def _find_handle(
    xyz: NDArray[np.floating], height: NDArray[np.floating], circle: Circle, top: float
) -> MugHandle | None:
    offset = xyz[:, :2] - circle.center
    distance = np.hypot(*offset.T) - circle.radius_m
    outside = (distance > _HANDLE_GAP_M) & (distance < _HANDLE_REACH_M)
    if np.count_nonzero(outside) < _HANDLE_MIN_POINTS:
        return None
    direction = offset[outside] / np.hypot(*offset[outside].T)[:, None]
    mean = direction.mean(axis=0)
    # Points on all sides are a badly fitted body, not a handle.
    if np.hypot(*mean) < 0.85:
        return None
    angle = float(np.arctan2(mean[1], mean[0]))
    reach = float(np.percentile(distance[outside], 90))
    outer = outside & (distance > reach - 0.012)
    along = circle.radius_m + reach - 0.004
    level = float(np.median(xyz[outer, 2]))
    xy = circle.center + along * np.array([np.cos(angle), np.sin(angle)])
    return MugHandle(np.array([xy[0], xy[1], level]), angle)


def _rise(value: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, linear between."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _fall(value: float, low: float, high: float) -> float:
    """1 below `low`, 0 above `high`, linear between."""
    return 1.0 - _rise(value, low, high)


def _within(value: float, low: float, high: float) -> float:
    """1 between the bounds, falling to 0 over a fifth of each outside of them."""
    return _rise(value, 0.8 * low, low) * _fall(value, high, 1.2 * high)
