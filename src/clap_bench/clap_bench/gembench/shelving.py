"""Putting things onto shelves: the hand looks forward and down throughout.

So what stood upright on the table stands upright on the shelf, and the hand stays in front of the
shelf above. A thing is gripped near its top and near the edge that faces the hand.

Both ends are at least 0.57 m from the robot's axis: nearer by, an arm that slants like this must
twist its wrist far, and does so differently at either end of a straight line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.suite.moves import Transform, go, grasping, moved, opening, raised, slide, tool
from clap_bench.suite.task import Point, Stage
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.scene import Zone

SLANT_RAD = np.radians(60.0)
"""How far the fingers point below the horizontal."""

ABOVE_M = 0.10
"""How far above a grip the hand stops first."""

IN_FRONT_M = 0.130
"""How far in front of its place on a shelf a thing stops first."""

RAISED_M = 0.025
"""How much higher than its place; it comes down while it goes in."""

DROP_M = 0.004
"""Height from which a thing is let go, so that it is not pressed onto the shelf."""

INSET_M = 0.004
"""Distance of a thing from its shelf's front edge."""


@dataclass(frozen=True)
class Grip:
    """How a thing is held.

    Attributes:
        behind_m: distance of the grip from the thing's edge that faces the hand.
        centre_m: distance of the grip from the thing's origin, along where the hand looks; not
            positive.
        height_m: of the grip above the thing's bottom.
        turn_rad: turning the thing by this about z changes nothing for the hand; 0 if it can be
            gripped from any side.
    """

    behind_m: float
    centre_m: float
    height_m: float
    turn_rad: float


def standing_at(distance_m: float, bearing_rad: float, yaw_rad: float) -> Zone:
    """The zone that is one single place, seen from the robot's axis."""
    x, y = float(distance_m * np.cos(bearing_rad)), float(distance_m * np.sin(bearing_rad))
    return Zone(x_m=(x, x), y_m=(y, y), yaw_rad=(yaw_rad, yaw_rad), reach_m=(0.0, 1.0))


def slanting(position_m: Point, yaw_rad: float) -> Transform:
    """The TCP at a place, the hand looking along a yaw and down, its fingers level."""
    cos, sin = float(np.cos(yaw_rad)), float(np.sin(yaw_rad))
    ahead = np.array([cos, sin, 0.0])
    forward = np.cos(SLANT_RAD) * ahead - np.array([0.0, 0.0, np.sin(SLANT_RAD)])
    return tool(position_m, forward, (sin, -cos, 0.0))


def _heading(pose: Transform, grip: Grip) -> float:
    """The yaw from which a hand at the robot grips a thing most comfortably."""
    away = float(np.arctan2(pose[1, 3], pose[0, 3]))
    if grip.turn_rad == 0.0:
        return away
    yaw = float(np.arctan2(pose[1, 0], pose[0, 0]))
    return yaw + grip.turn_rad * float(np.round((away - yaw) / grip.turn_rad))


def take(name: str, words: str, grip: Grip) -> Stage:
    """Grip a thing that stands on the table: over it, down, close."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.pose(name)
        yaw = _heading(pose, grip)
        ahead = np.array([np.cos(yaw), np.sin(yaw), 0.0])
        where = pose[:3, 3] + grip.centre_m * ahead + np.array([0.0, 0.0, grip.height_m])
        grasp = slanting(where, yaw)
        yield opening(go(raised(grasp, ABOVE_M), f"above the {words}"))
        yield grasping(slide(grasp, f"grasp the {words}"))

    subtask = SubTask(Action.GRASP, f"grasp the {words}", object=words)
    return Stage(subtask, lambda truth: truth.position(name), actions)


def put(
    words: str, grip: Grip, site: str, phrase: str, relation: Relation, reference: str
) -> tuple[Stage, Stage]:
    """Bring what is held onto a shelf; then let go of it and draw back.

    Args:
        words: what is held.
        grip: how.
        site: on the shelf's front edge, x inwards.
        phrase: the place in words, such as "on the top shelf".
        relation, reference: the same in the plan's terms: the shelf or its furniture.
    """

    def place(truth: Truth) -> Transform:
        edge = truth.site(site)
        inwards = edge[:3, 0]
        where = edge[:3, 3] + (INSET_M + grip.behind_m) * inwards
        where[2] += grip.height_m + DROP_M
        return slanting(where, float(np.arctan2(inwards[1], inwards[0])))

    def outside(truth: Truth, pose: Transform) -> Transform:
        return moved(pose, -IN_FRONT_M * truth.site(site)[:3, 0])

    def before(truth: Truth) -> Transform:
        return moved(outside(truth, place(truth)), (0.0, 0.0, RAISED_M))

    def keypoint(truth: Truth) -> Point:
        edge = truth.site(site)
        return np.asarray(edge[:3, 3] + (INSET_M + grip.behind_m - grip.centre_m) * edge[:3, 0])

    def bring(truth: Truth) -> Iterator[KeyAction]:
        yield go(before(truth), f"carry the {words} in front of the {reference}")
        yield slide(place(truth), f"put the {words} {phrase}", speed=0.5)

    def leave(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.base_T_tcp()
        yield opening(slide(pose, f"let go of the {words}"))
        yield slide(outside(truth, pose), "draw back")

    carry = SubTask(
        Action.MOVE, f"put the {words} {phrase}", object=words, relation=relation,
        reference=reference,
    )  # fmt: skip
    release = SubTask(Action.RELEASE, f"let go of the {words} {phrase}", object=words)
    return Stage(carry, keypoint, bring), Stage(release, None, leave)
