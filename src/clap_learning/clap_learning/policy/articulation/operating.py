"""Sub-tasks at doors, drawers and lids that can be done by geometry alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_learning.policy.articulation.closing import closing_of
from clap_learning.policy.articulation.doors import (
    Swing,
    has_long_bar,
    has_upright_bar,
    opening_swing,
    pull,
    push_open,
    push_shut,
    take_bar,
)
from clap_learning.policy.articulation.drawers import draw_out, hook_behind, push_in, put_into
from clap_learning.policy.articulation.leaf import WITHIN_M, face_behind, leaf_at
from clap_learning.policy.articulation.lids import (
    lid_at,
    lid_of_box,
    lies_flat,
    lifts,
    press_down,
    pull_over,
    reach_under,
    swing_up,
)
from clap_learning.policy.articulation.stowing import place_in_drawer
from clap_learning.policy.surroundings import points_around
from clap_learning.policy.words import kind_words

Vector = NDArray[np.float64]
KeyPoses = tuple[KeyAction, ...]

_DOORS, _DRAWERS = frozenset({"door", "gate"}), frozenset({"drawer"})
"""What is what, by name: a lid that stands open looks like a door."""
_LIDS, _BOXES = frozenset({"lid", "seat"}), frozenset({"box", "chest", "crate"})
_AT_HANDLE_M = 0.06
_HALF_BAR_M = 0.25
_AIMS_AHEAD = 0.2
"""A hand whose fingers point less ahead than this, of 1, points down."""
_PULLED_RAD = tuple(np.radians((60.0, 50.0, 40.0, 30.0)))
"""How far a door is pulled, as far as the arm reaches."""
_WIDE_RAD = tuple(np.radians((35.0, 25.0, 15.0)))
"""How much farther an open one is pushed."""


def known_ways(
    subtask: SubTask,
    keypoint_m: Vector,
    cloud: PointCloud,
    base_T_tcp: NDArray[np.float64],
    tcp_p_foot: Vector | None = None,
    *,
    holds: bool = False,
) -> Iterator[KeyPoses]:
    """Key poses that do a sub-task at a door, a drawer or a lid, the most wanted first.

    There are none where it is none of these, or where geometry does not tell.

    Args:
        subtask: to take a handle, to pull it, to push a door shut or open, a drawer shut, to
            lift a lid or pull it over.
        keypoint_m: [3] where, base frame; the tool centre point for what is pulled.
        cloud: what is seen.
        base_T_tcp: [4, 4] where the hand is.
        tcp_p_foot: [3] the foot of what is held, in the TCP's frame; None if nobody knows.
        holds: whether the hand holds anything.
    """
    kinds, action = kind_words(subtask.object), subtask.action
    if _goes_into_drawer(subtask) and tcp_p_foot is not None:
        around_m = points_around(cloud, keypoint_m, base_T_tcp, WITHIN_M)
        outward, place_m = place_in_drawer(around_m, keypoint_m)
        yield put_into(outward, place_m, base_T_tcp, tcp_p_foot)
        return
    if not kinds & (_DOORS | _DRAWERS | _LIDS | _BOXES):
        return
    around_m = points_around(cloud, keypoint_m, base_T_tcp, WITHIN_M)
    if kinds & _DRAWERS:
        yield from _at_drawer(action, around_m, keypoint_m, None if holds else base_T_tcp)
    elif kinds & _DOORS:
        yield from _at_door(subtask, around_m, keypoint_m, base_T_tcp)
    elif kinds & _LIDS:
        yield from _at_lid(action, around_m, keypoint_m)
    elif subtask.part == "lid":
        if action is Action.OPEN and holds:
            yield from _at_held_lid(around_m, keypoint_m, base_T_tcp)
        else:
            yield from _at_open_lid(action, around_m, keypoint_m)


def _at_drawer(
    action: Action, around_m: Vector, keypoint_m: Vector, base_T_empty: NDArray[np.float64] | None
) -> Iterator[KeyPoses]:
    """What a demonstrated grasp of a handle's ends does not do: push it in, hook behind a long bar.

    Args:
        action, around_m, keypoint_m: as of `known_ways`.
        base_T_empty: [4, 4] where the hand is, if it is empty.
    """
    if action is Action.OPEN:
        if base_T_empty is not None and _is_before_handle(base_T_empty, keypoint_m):
            yield draw_out(base_T_empty)
        return
    front = face_behind(around_m, keypoint_m)
    if front is None:
        return
    if action is Action.CLOSE:
        yield push_in(front, keypoint_m)
    elif action in (Action.GRASP, Action.APPROACH) and has_long_bar(around_m, front, keypoint_m):
        yield hook_behind(front, keypoint_m)


def _is_before_handle(base_T_tcp: NDArray[np.float64], keypoint_m: Vector) -> bool:
    """Whether the hand is where a bar as long as a drawer is wide may be hooked, the keypoint
    being anywhere on it."""
    ahead = base_T_tcp[:3, 2] * (1.0, 1.0, 0.0)
    length = float(np.linalg.norm(ahead))
    if length < _AIMS_AHEAD:
        return False
    offset = keypoint_m - base_T_tcp[:3, 3]
    deep_m = abs(float(offset @ ahead)) / length
    along_m = abs(float(np.cross(ahead, offset)[2])) / length
    return max(deep_m, abs(float(offset[2]))) < _AT_HANDLE_M and along_m < _HALF_BAR_M


def _is_near(base_T_tcp: NDArray[np.float64], keypoint_m: Vector) -> bool:
    return float(np.linalg.norm(base_T_tcp[:3, 3] - keypoint_m)) < _AT_HANDLE_M


def _at_door(
    subtask: SubTask, around_m: Vector, keypoint_m: Vector, base_T_tcp: NDArray[np.float64]
) -> Iterator[KeyPoses]:
    action = subtask.action
    if action in (Action.GRASP, Action.APPROACH, Action.OPEN) and subtask.part == "handle":
        yield from _at_bar(action, around_m, keypoint_m, base_T_tcp)
    elif action in (Action.CLOSE, Action.PUSH) and not (subtask.part or subtask.reference):
        yield from _at_leaf(action, around_m, keypoint_m)


def _goes_into_drawer(subtask: SubTask) -> bool:
    into = subtask.action is Action.MOVE and subtask.relation is Relation.IN
    return into and bool(kind_words(subtask.reference) & _DRAWERS)


def _at_bar(
    action: Action, around_m: Vector, keypoint_m: Vector, base_T_tcp: NDArray[np.float64]
) -> Iterator[KeyPoses]:
    front = face_behind(around_m, keypoint_m)
    if front is None or not has_upright_bar(around_m, front, keypoint_m):
        return
    if action is not Action.OPEN:
        yield take_bar(front, keypoint_m)
        return
    swing = opening_swing(front)
    yield from (pull(swing, base_T_tcp, angle) for angle in _PULLED_RAD)


def _at_held_lid(
    around_m: Vector, keypoint_m: Vector, base_T_tcp: NDArray[np.float64]
) -> Iterator[KeyPoses]:
    """A closed lid that is held by a handle at its edge."""
    lid = lid_of_box(around_m, keypoint_m)
    if lid is not None and _is_near(base_T_tcp, keypoint_m):
        yield swing_up(lid, base_T_tcp)


def _at_open_lid(action: Action, around_m: Vector, keypoint_m: Vector) -> Iterator[KeyPoses]:
    """A lid that leans back behind its box."""
    if action is Action.PRESS:
        yield press_down(keypoint_m)
    elif action in (Action.APPROACH, Action.CLOSE):
        ways = pull_over(around_m, keypoint_m)
        yield from () if ways is None else (ways[action is Action.CLOSE],)


def _at_lid(action: Action, around_m: Vector, keypoint_m: Vector) -> Iterator[KeyPoses]:
    """A lid that lies flat; one that stands is for a demonstration to close."""
    if action not in (Action.APPROACH, Action.OPEN) or not lies_flat(around_m):
        return
    lid = lid_at(around_m, keypoint_m)
    if lid is not None:
        yield from (reach_under(lid),) if action is Action.APPROACH else lifts(lid)


def _at_leaf(action: Action, around_m: Vector, keypoint_m: Vector) -> Iterator[KeyPoses]:
    leaf = leaf_at(around_m, keypoint_m)
    if leaf is None:
        return
    closing, angle_rad = closing_of(around_m, leaf, keypoint_m)
    if closing is None:
        return
    if action is Action.CLOSE:
        yield push_shut(leaf, closing, keypoint_m, angle_rad)
        return
    opening = Swing(closing.hinge_m, -closing.sense)
    yield from (push_open(leaf, opening, keypoint_m, wide) for wide in _WIDE_RAD)
