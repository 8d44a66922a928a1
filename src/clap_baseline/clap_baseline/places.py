"""Where to put what is held: beside, on or in a reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from clap_baseline.drawers import find_drawer_handle
from clap_baseline.segments.segmentation import Segment
from clap_baseline.situation import Situation, wrap
from clap_core.directions import AXES
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_yaw
from clap_core.task_types import HeldObject, Relation

_DIRECTIONS = 72
_TURNS_RAD = (0.0, 0.7, -0.7, 1.4, -1.4)
"""Turns of the hand that are tried where it would touch something."""
_EXTRA_GAPS_M = (0.0, -0.01, 0.015, 0.035)
_EXTRA_GAPS_ASIDE_M = (0.0, 0.03, 0.06, 0.10)
"""On a named side the gap may be larger than where "next to" is all that was said."""
_CONE_RAD = 0.7
"""How far from its axis "left of" and the like reach."""
_ENOUGH_SPACE_M = 0.10
_SUPPORT_SHARE = 0.9
_MIN_SUPPORT_POINTS = 6
_MIN_DRAWER_OPENING_M = 0.07
_RELEASE_OPENING_M = 0.05


@dataclass(frozen=True)
class Destination:
    """Where something held goes.

    Attributes:
        center: [2] of the object.
        tcp: [2] of the TCP, given the yaw.
        yaw: of the TCP.
        support_z: height of what it will stand on, base frame.
    """

    center: NDArray[np.float64]
    tcp: NDArray[np.float64]
    yaw: float
    support_z: float


def place_for(relation: Relation, held: HeldObject, situation: Situation) -> Destination:
    """The place that a relation to the object at the keypoint means.

    Raises:
        ClapError: NO_GRASP when there is no free or reachable place.
    """
    reference = situation.target()
    if relation is Relation.IN and reference.kind == "cabinet":
        return _in_drawer(reference, held, situation)
    if relation in (Relation.ON, Relation.IN):
        center = reference.shape.center
        return place_at(center, support_below(center, held.radius_m, situation), held, situation)
    return _beside(relation, reference, held, situation)


def place_at(
    center: NDArray[np.float64],
    support_z: float,
    held: HeldObject,
    situation: Situation,
    turn: float = 0.0,
) -> Destination:
    """A place given the object's centre; the hand keeps its yaw as far as the wrist allows.

    Args:
        center: [2] of the object.
        support_z: height of what it will stand on [m].
        held: the object.
        situation: as it is.
        turn: how much the hand is to turn on the way [rad].
    """
    pose = situation.observation.scene.base_T_tcp
    yaw = turn + (held.tcp_yaw_rad if pose is None else tool_yaw(pose))
    bearing = float(np.arctan2(center[1], center[0]))
    limit = situation.config.max_yaw_off_rad
    yaw = wrap(bearing + float(np.clip(wrap(yaw - bearing), -limit, limit)))
    return Destination(center, center - to_center(held, yaw), yaw, support_z)


def to_center(held: HeldObject, yaw: float) -> NDArray[np.float64]:
    """[2] from the TCP to the held object's centre at a yaw of the TCP."""
    turn = yaw - held.tcp_yaw_rad
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(rotation @ held.tcp_to_center_m[:2])


def support_below(center: NDArray[np.float64], radius_m: float, situation: Situation) -> float:
    """Height of what a round thing would come to stand on, base frame [m]."""
    points = situation.obstacles
    below = np.hypot(*(points[:, :2] - center).T) < _SUPPORT_SHARE * radius_m
    if np.count_nonzero(below) < _MIN_SUPPORT_POINTS:
        return situation.table_z
    return max(situation.table_z, float(np.percentile(points[below, 2], 97)))


def _beside(
    relation: Relation, reference: Segment, held: HeldObject, situation: Situation
) -> Destination:
    """A free spot on the table, in a ring around the reference."""
    config = situation.config
    axis = AXES.get(relation)
    others = _Plan(situation.points_of(s for s in situation.scene.segments if s is not reference))
    everything = _Plan(situation.obstacles)
    best: tuple[float, Destination] | None = None
    for direction in _directions(axis):
        off_axis = 0.0 if axis is None else float(np.arccos(np.clip(direction @ axis, -1, 1)))
        for extra in _EXTRA_GAPS_M if axis is None else _EXTRA_GAPS_ASIDE_M:
            distance = reference.extent(direction) + config.gap_m + extra + held.radius_m
            center = reference.shape.center + distance * direction
            if everything.distance(center) < held.radius_m + config.free_margin_m:
                continue
            space = others.distance(center) - held.radius_m
            cost = (
                2.0 * (_ENOUGH_SPACE_M - min(space, _ENOUGH_SPACE_M))
                + 4.0 * abs(extra)
                + 0.2 * off_axis
            )
            if best is not None and cost >= best[0]:
                continue
            place = _reachable(center, held, situation)
            if place is None:
                continue
            cost += 0.2 * _way_from_hand(place, situation)
            if best is None or cost < best[0]:
                best = (cost, place)
    if best is None:
        raise ClapError(
            ErrorCode.NO_GRASP,
            f"there is no free place {relation.value.replace('_', ' ')} the {reference.label} "
            f"for the {held.name}",
            "Clear some space there, within the robot's reach",
            seen=situation.scene.labels,
        )
    return best[1]


class _Plan:
    """Obstacles seen from above.

    Args:
        points: [M, 3].
    """

    def __init__(self, points: NDArray[np.float64]) -> None:
        self._tree = cKDTree(points[:, :2]) if len(points) else None

    def distance(self, xy: NDArray[np.float64]) -> float:
        """Horizontal distance of the nearest obstacle [m]."""
        return np.inf if self._tree is None else float(self._tree.query(xy)[0])


def _directions(axis: NDArray[np.float64] | None) -> Iterator[NDArray[np.float64]]:
    """Horizontal unit vectors all around, or those near an axis."""
    for angle in np.linspace(-np.pi, np.pi, _DIRECTIONS, endpoint=False):
        direction = np.array([np.cos(angle), np.sin(angle)])
        if axis is None or direction @ axis > np.cos(_CONE_RAD):
            yield direction


def _reachable(
    center: NDArray[np.float64], held: HeldObject, situation: Situation
) -> Destination | None:
    """The place with the smallest turn of the hand at which it is reached and touches nothing."""
    config = situation.config
    in_workspace = (
        config.workspace_x_min_m < center[0] < config.workspace_x_max_m
        and abs(center[1]) < config.workspace_y_m
    )
    if not in_workspace:
        return None
    for turn in _TURNS_RAD:
        place = place_at(center, situation.table_z, held, situation, turn)
        if not config.reach_min_m < np.hypot(*place.tcp) < config.reach_m:
            continue
        lowest = situation.lowest_tcp_z(
            place.tcp, place.yaw, _RELEASE_OPENING_M, situation.obstacles
        )
        if lowest <= place.support_z + held.tcp_above_bottom_m + config.release_height_m:
            return place
    return None


def _way_from_hand(place: Destination, situation: Situation) -> float:
    pose = situation.observation.scene.base_T_tcp
    return 0.0 if pose is None else float(np.hypot(*(pose[:2, 3] - place.tcp)))


def _in_drawer(cabinet: Segment, held: HeldObject, situation: Situation) -> Destination:
    """In the middle of what a drawer that was pulled out offers."""
    handle = find_drawer_handle(cabinet, situation.observation.subtask.reference)
    if handle.open_m < _MIN_DRAWER_OPENING_M:
        raise ClapError(
            ErrorCode.NO_GRASP,
            f"the {handle.name} is open by {100 * handle.open_m:.0f} cm only",
            "Open it first",
            seen=situation.scene.labels,
        )
    center = handle.tray_center()
    return place_at(center, support_below(center, held.radius_m, situation), held, situation)


def release_opening(situation: Situation) -> float:
    """How far to open the fingers to let go of what is between them [m]."""
    opening, widest = (
        situation.observation.scene.gripper_width_m,
        situation.hand.max_opening_m,
    )
    return widest if opening is None else min(widest, opening + situation.config.opening_margin_m)
