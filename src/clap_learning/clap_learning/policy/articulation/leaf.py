"""Upright leaves in a cloud: the face of a door, its two edges, and what it hangs on.

All happens seen from above: a door is a line there, its hinge a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

WITHIN_M = 0.45
"""Points farther from the keypoint belong to other things."""
_FACE_M = 0.007
"""How far points of a face may be from its line."""
STANDOFF_M = 0.085
"""Handles stand out no farther than this."""
_IN_FRONT_M = 0.012
_CLEAR_M = 0.10
"""Nothing but its handle is so near before a closed front."""
_HANDLE_M = 0.05
"""Points so near to the keypoint, seen from above, may be the handle's."""
_GAP_M = 0.03
"""Wider gaps along a line end a face."""
_CELL_M = 0.01
_BESIDE_FACE_M = 0.03
"""How far from a face a keypoint on it may be found."""
_TRIALS = 400
_BEFORE_COSTS = 2.0
"""What each cell in front of a face takes off the face's own."""
_LEAST_CELLS = 25
_STEP_M = 0.005


@dataclass(frozen=True, eq=False)
class Leaf:
    """A flat upright part, seen from above.

    Attributes:
        point_m: [2] of the face's line beside the keypoint, base frame.
        along: [2] unit vector along the line.
        outward: [2] unit vector out of the face, to the keypoint's side of it.
        low_m, high_m: the face's ends along the line, from `point_m`; not positive, not negative.
        top_m: height of its upper edge, base frame.
    """

    point_m: Vector
    along: Vector
    outward: Vector
    low_m: float
    high_m: float
    top_m: float

    def end(self, which: int) -> Vector:
        """[2] the end on one side: -1 or 1."""
        return self.point_m + (self.low_m if which < 0 else self.high_m) * self.along


def face_behind(
    around_m: Vector, keypoint_m: Vector, standoff_m: float = STANDOFF_M
) -> Leaf | None:
    """The closed front that a handle stands before: nothing but handles is in front of it.

    Args:
        around_m: [N, 3] what lies within `WITHIN_M` of the keypoint, relative to it.
        keypoint_m: [3] of the handle, base frame.
        standoff_m: how far before the front it is at most.

    Returns:
        None if there is none.
    """
    return _leaf(around_m, keypoint_m, (0.0, standoff_m), clear_m=_CLEAR_M)


def leaf_at(around_m: Vector, keypoint_m: Vector) -> Leaf | None:
    """The leaf whose face a keypoint is on, wherever the leaf stands.

    Args:
        around_m: [N, 3] what lies within `WITHIN_M` of the keypoint, relative to it.
        keypoint_m: [3] on the face, base frame.

    Returns:
        None if there is none.
    """
    return _leaf(around_m, keypoint_m, (0.0, _BESIDE_FACE_M), clear_m=0.0)


def _leaf(
    around_m: Vector, keypoint_m: Vector, standoff_m: tuple[float, float], clear_m: float
) -> Leaf | None:
    flat = around_m[:, :2]
    away = np.linalg.norm(flat, axis=1)
    if len(flat) < _LEAST_CELLS:
        return None
    cells = _cells(around_m)
    rng = np.random.default_rng(len(flat))
    best: tuple[float, Vector, float] | None = None
    for first, second in rng.integers(len(flat), size=(_TRIALS, 2)):
        direction = flat[second] - flat[first]
        length = float(np.linalg.norm(direction))
        if length < 2.0 * _CELL_M:
            continue
        normal = np.array([-direction[1], direction[0]]) / length
        offset = float(normal @ flat[first])
        if offset > 0.0:  # the keypoint, which is the origin here, is in front
            normal, offset = -normal, -offset
        if not standoff_m[0] <= -offset <= standoff_m[1]:
            continue
        distance = flat @ normal - offset
        before = (distance > _IN_FRONT_M) & (distance < clear_m) & (away > _HANDLE_M)
        on_face = np.abs(distance) < _FACE_M
        value = _count(cells[on_face]) - _BEFORE_COSTS * _count(cells[before])
        if best is None or value > best[0]:
            best = (value, normal, offset)
    if best is None or best[0] < _LEAST_CELLS:
        return None
    return _measured(around_m, keypoint_m, best[1], best[2])


def _cells(local: Vector) -> NDArray[np.int64]:
    """[N] the number of the cell that each point is in."""
    size = round(2.0 * WITHIN_M / _CELL_M) + 3
    x, y, z = np.round((local + WITHIN_M) / _CELL_M).astype(np.int64).T
    return np.asarray((x * size + y) * size + z)


def _count(cells: NDArray[np.int64]) -> float:
    """Different cells: a surface counts by its area, however densely it is seen."""
    return float(len(np.unique(cells)))


def _measured(local: Vector, keypoint_m: Vector, normal: Vector, offset: float) -> Leaf:
    """The line's part around the keypoint, between gaps."""
    on_face = local[np.abs(local[:, :2] @ normal - offset) < _FACE_M]
    # Once more through all of its points.
    centred = on_face[:, :2] - on_face[:, :2].mean(axis=0)
    along = np.linalg.svd(centred, full_matrices=False)[2][0]
    refined = np.array([-along[1], along[0]])
    refined *= np.sign(refined @ normal)
    offset = float((on_face[:, :2] @ refined).mean())
    places = np.sort(on_face[:, :2] @ along)
    low = high = places[int(np.abs(places).argmin())]
    for place in places[places > high]:
        if place - high > _GAP_M:
            break
        high = place
    for place in places[places < low][::-1]:
        if low - place > _GAP_M:
            break
        low = place
    within = on_face[(on_face[:, :2] @ along >= low) & (on_face[:, :2] @ along <= high)]
    return Leaf(
        keypoint_m[:2] + offset * refined,
        along,
        refined,
        float(min(low, 0.0)),
        float(max(high, 0.0)),
        float(keypoint_m[2] + within[:, 2].max()),
    )
