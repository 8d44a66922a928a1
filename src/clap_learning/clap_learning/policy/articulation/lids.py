"""Key poses at lids that turn about a level line: lift one by its edge, pull one over.

A closed lid is a flat thing whose edge the keypoint is at; it turns about its opposite edge. A lid
that stands open is pulled over its box from behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion
from clap_learning.policy.articulation.doors import aimed, backed

Vector = NDArray[np.float64]
Transform = NDArray[np.float64]

_CELL_M = 0.015
_AT_EDGE_CELLS = 2
_SURFACE_PERCENT = 80
_LEAST_POINTS = 60
_YAWS = 90
_NEAR_M, _LEVEL_M, _FLAT_CELL_M = 0.15, 0.02, 0.01
_FLAT_CELLS = 120
"""The edge of a lid that stands takes less than a hundred, a lid that lies more than three."""
_LEAST_M, _MOST_M = 0.08, 0.45
"""Sizes of what has a lid."""

_TILT_RAD = np.radians(45.0)
"""Of the fingers from the vertical, towards the hinge."""
_TIP_M = 0.009
"""From the TCP to the fingertips' end, and to their upper side."""
_UNDER_M = 0.006
"""How deep the fingertips reach under an edge."""
_CLEAR_M = 0.003
_HALF_LID_M = 0.004
_BACK_M = 0.05
_LIFTED_RAD = (0.45, 0.90)
_PUSHED_RAD = (1.60, 1.40, 1.25)
"""Where it is pushed up from inside at the end, as far as the arm reaches."""
_GRIP = 0.88
"""Where along the lid that is, as a share of its length."""

_SWUNG_RAD = np.radians(106.0)
"""How far a lid is swung by its handle: from the vertical on it leans back by itself."""
_SWING_STEPS = 4
_WALL_M = 0.05
"""Over and under a lid's handle its box is looked for."""
_STANDS_BACK_M = 0.03
"""Most that a handle is inside its box's outline while the lid is closed."""

_BEHIND_M = 0.035
"""From the edge of an open lid to closed fingers behind it."""
_ABOVE_M = 0.08
_OVER_M = 0.15
"""How far it is pulled; then it falls by itself."""
_EDGE_BAND_M = 0.05
_SLOW = 0.5


@dataclass(frozen=True, eq=False)
class ClosedLid:
    """A closed lid.

    Attributes:
        edge_m: [3] the middle of the edge to lift it by, base frame.
        inward: [3] level unit vector from there to the hinge.
        length_m: to the hinge.
    """

    edge_m: Vector
    inward: Vector
    length_m: float

    def point(self, angle_rad: float, from_hinge_m: float, inside_m: float) -> Vector:
        """[3] a point of the lid at an angle; so far inside from its middle plane."""
        up = np.array([0.0, 0.0, 1.0])
        hinge = self.edge_m + self.length_m * self.inward
        along = -np.cos(angle_rad) * self.inward + np.sin(angle_rad) * up
        out = np.sin(angle_rad) * self.inward + np.cos(angle_rad) * up
        return np.asarray(hinge + from_hinge_m * along - inside_m * out)


def lid_at(around_m: Vector, keypoint_m: Vector) -> ClosedLid | None:
    """The lid whose front edge a keypoint is at: of what lies at its height, across to the end.

    Its edge is where its surface ends, which is told better by the cloud than by the keypoint.

    Args:
        around_m: [N, 3] what lies around, relative to the keypoint.
        keypoint_m: [3] base frame.

    Returns:
        None if nothing of a lid's size lies there.
    """
    level = around_m[np.abs(around_m[:, 2]) < _LEVEL_M]
    level = level[_lying_together(level[:, :2])]
    if len(level) < _LEAST_POINTS:
        return None
    axis, front, back = _across(level[:, :2])
    if not _LEAST_M < back - front < _MOST_M:
        return None
    surface = float(np.percentile(level[:, 2], _SURFACE_PERCENT))
    edge = keypoint_m + np.array([*(front * axis), surface - _HALF_LID_M])
    return ClosedLid(edge, np.array([*axis, 0.0]), float(back - front))


def lid_of_box(around_m: Vector, keypoint_m: Vector) -> ClosedLid | None:
    """The closed lid of a box, flat or vaulted, whose handle a keypoint is at: it turns about the
    far side of the box, about as high as its handle is.

    Args:
        around_m: [N, 3] what lies around, relative to the keypoint.
        keypoint_m: [3] base frame.

    Returns:
        None if no closed box lies there.
    """
    walls = around_m[np.abs(around_m[:, 2]) < _WALL_M]
    walls = walls[_lying_together(walls[:, :2])]
    if len(walls) < _LEAST_POINTS:
        return None
    axis, front, back = _across(walls[:, :2])
    if not _LEAST_M < back - front < _MOST_M or front < -_STANDS_BACK_M:
        return None
    inward = np.array([*axis, 0.0])
    return ClosedLid(keypoint_m + front * inward, inward, back - front)


def _across(flat: Vector) -> tuple[Vector, float, float]:
    """[2] unit vector from the side that the origin is at across a rectangle, and where along it
    the rectangle begins and ends."""
    best: tuple[float, Vector] | None = None
    for yaw in np.linspace(0.0, 0.5 * np.pi, _YAWS, endpoint=False):
        axes = np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]])
        low, high = np.percentile(flat @ axes.T, (1, 99), axis=0)
        area = float(np.prod(high - low))
        if best is None or area < best[0]:
            middle = 0.5 * (low + high) @ axes
            # The keypoint is at the middle of one side.
            best = (area, max((*axes, *-axes), key=lambda one: float(one @ middle)))
    assert best is not None
    axis = best[1]
    front, back = np.percentile(flat @ axis, (0.5, 99.5))
    return axis, float(front), float(back)


def lies_flat(around_m: Vector) -> bool:
    """Whether there is a surface at the keypoint's height, not only an edge."""
    level = (np.linalg.norm(around_m[:, :2], axis=1) < _NEAR_M) & (
        np.abs(around_m[:, 2]) < _LEVEL_M
    )
    cells = np.unique(np.round(around_m[level, :2] / _FLAT_CELL_M).astype(int), axis=0)
    return len(cells) > _FLAT_CELLS


def _lying_together(flat: Vector) -> NDArray[np.bool_]:
    """[N] which of the points are in cells that are connected to the origin's."""
    cells = np.round(flat / _CELL_M).astype(int)
    taken = {tuple(cell) for cell in cells}
    reached = {cell for cell in taken if max(abs(cell[0]), abs(cell[1])) <= _AT_EDGE_CELLS}
    border = list(reached)
    while border:
        x, y = border.pop()
        for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            cell = (x + step[0], y + step[1])
            if cell in taken and cell not in reached:
                reached.add(cell)
                border.append(cell)
    return np.array([tuple(cell) in reached for cell in cells], dtype=bool)


def reach_under(lid: ClosedLid) -> tuple[KeyAction, ...]:
    """Closed fingers before the edge, then under it."""
    under = _carrying(lid, 0.0, _CLEAR_M)
    return (
        KeyAction(backed(under, _BACK_M), Motion.JOINT, GripperCommand.OPEN, 0.0,
                  text="before the lid, fingers closed"),
        KeyAction(under, Motion.LINEAR, speed_scale=_SLOW, text="under the lid's edge"),
    )  # fmt: skip


def lift(lid: ClosedLid, to_rad: float) -> tuple[KeyAction, ...]:
    """Lift the edge on the fingers, then push the lid up from inside."""
    lifted = [_carrying(lid, angle, 0.0) for angle in _LIFTED_RAD]
    angles = [angle for angle in reversed(_PUSHED_RAD) if angle <= to_rad]
    inside = [lid.point(angle, _GRIP * lid.length_m, _HALF_LID_M) for angle in angles]
    pushed = [_hand(lid, point - _TIP_M * (_forward(lid) + _upper(lid))) for point in inside]
    texts = ["lift the lid"] * len(lifted) + ["push the lid up"] * len(pushed)
    return tuple(
        KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text=text)
        for pose, text in zip((*lifted, *pushed), texts, strict=True)
    )


def lifts(lid: ClosedLid) -> tuple[tuple[KeyAction, ...], ...]:
    """The same up to several angles, the widest first."""
    return tuple(lift(lid, angle) for angle in _PUSHED_RAD)


def swing_up(lid: ClosedLid, base_T_tcp: Transform) -> tuple[KeyAction, ...]:
    """Take a lid along that is held by its handle, on an arc until it leans back.

    The hand keeps its orientation: the handle turns between the fingers.
    """
    hinge = lid.edge_m + lid.length_m * lid.inward
    arm = base_T_tcp[:3, 3] - hinge
    out, up = float(arm @ lid.inward), float(arm[2])
    aside = arm - out * lid.inward - (0.0, 0.0, up)
    poses = []
    for angle in np.linspace(0.0, _SWUNG_RAD, _SWING_STEPS + 1)[1:]:
        c, s = np.cos(angle), np.sin(angle)
        pose = base_T_tcp.copy()
        pose[:3, 3] = hinge + aside + (c * out + s * up) * lid.inward
        pose[2, 3] += c * up - s * out
        poses.append(pose)
    return tuple(
        KeyAction(pose, Motion.LINEAR, speed_scale=_SLOW, text="swing the lid open")
        for pose in poses
    )


def pull_over(
    around_m: Vector, keypoint_m: Vector
) -> tuple[tuple[KeyAction, ...], tuple[KeyAction, ...]] | None:
    """Reach behind the edge of an open lid, and pull it over the box before it.

    Args:
        around_m: [N, 3] what lies around, relative to the keypoint.
        keypoint_m: [3] of the lid's upper edge, base frame.

    Returns:
        The two, one after the other; None where nothing stands below the edge.
    """
    edge = around_m[np.abs(around_m[:, 2]) < _EDGE_BAND_M, :2]
    below = around_m[around_m[:, 2] < -_EDGE_BAND_M, :2]
    if min(len(edge), len(below)) < _LEAST_POINTS:
        return None
    along = np.linalg.svd(edge - edge.mean(axis=0), full_matrices=False)[2][0]
    front = np.array([-along[1], along[0]])
    front *= np.sign(front @ below.mean(axis=0))
    yaw = float(np.arctan2(front[1], front[0]))
    bearing = float(np.arctan2(keypoint_m[1], keypoint_m[0]))
    if np.cos(yaw - bearing) < 0.0:
        yaw += np.pi
    behind = aimed(keypoint_m, yaw, 0.5 * np.pi, 0.0)
    behind[:2, 3] -= _BEHIND_M * front
    over = behind.copy()
    over[2, 3] += _ABOVE_M
    pulled = behind.copy()
    pulled[:2, 3] += _OVER_M * front
    return (
        (
            KeyAction(over, Motion.JOINT, GripperCommand.OPEN, 0.0,
                      text="above and behind the lid, fingers closed"),
            KeyAction(behind, Motion.LINEAR, text="behind the lid's edge"),
        ),
        (KeyAction(pulled, Motion.LINEAR, speed_scale=_SLOW, text="pull the lid over"),),
    )  # fmt: skip


def press_down(keypoint_m: Vector) -> tuple[KeyAction, ...]:
    """Press on a lid from above until it gives no more."""
    bearing = float(np.arctan2(keypoint_m[1], keypoint_m[0]))
    down = aimed(keypoint_m, bearing, 0.5 * np.pi, 0.0)
    over = down.copy()
    over[2, 3] += _ABOVE_M
    return (
        KeyAction(over, Motion.JOINT, GripperCommand.OPEN, 0.0, text="over the lid"),
        KeyAction(down, Motion.GUARDED, speed_scale=_SLOW, text="press the lid down"),
    )


def _forward(lid: ClosedLid) -> Vector:
    """[3] where the fingers point."""
    return np.asarray(np.sin(_TILT_RAD) * lid.inward - np.array([0.0, 0.0, np.cos(_TILT_RAD)]))


def _upper(lid: ClosedLid) -> Vector:
    """[3] normal of the fingers' upper side."""
    return np.asarray(np.cos(_TILT_RAD) * lid.inward + np.array([0.0, 0.0, np.sin(_TILT_RAD)]))


def _carrying(lid: ClosedLid, angle_rad: float, clear_m: float) -> Transform:
    """The lid's edge lies on the upper side of the fingers, or so far above it."""
    edge = lid.point(angle_rad, lid.length_m, _HALF_LID_M)
    on_finger = _TIP_M * _upper(lid) + (_TIP_M - _UNDER_M) * _forward(lid)
    return _hand(lid, edge - on_finger - clear_m * _upper(lid))


def _hand(lid: ClosedLid, position_m: Vector) -> Transform:
    yaw = float(np.arctan2(lid.inward[1], lid.inward[0]))
    return aimed(position_m, yaw, 0.5 * np.pi - _TILT_RAD, 0.0)
