"""How an expert moves things that turn about an upright hinge: key poses along the arc.

The hand keeps its direction on an arc, half downwards and turned out of the vertical plane through
the robot's axis: there the arm is far from its limits on the whole way, and the fingertips go
first.
"""

from __future__ import annotations

from collections.abc import Iterator

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.moves import (
    Transform,
    backed,
    go,
    grasping,
    opening,
    raised,
    shutting,
    slide,
    tool,
)
from clap_bench.suite.task import Point, Stage
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, SubTask

FINGERTIP_M = 0.018
"""Distance of the TCP from a face that closed fingers touch slantwise, with a corner: they end 9 mm
beyond it and together are 18 mm wide and about 25 mm thick."""

FINGER_SIDE_M = 0.013
"""From the TCP to the outside of closed fingers; the fingers are nearly as thick as wide."""

OVER_M = 0.09
"""How far above the place where it pushes the hand stops first."""

CLEAR_M = 0.15
"""How far the hand rises from a handle to pass over the door."""

ASIDE_M = 0.025
"""How far beside a door the hand comes down to push it."""

BEFORE_M = 0.08
"""How far in front of a handle or a door the hand stops first."""

STEP_RAD = np.radians(27.0)
"""Largest angle between two key poses on an arc; the straight line between them stays within
6 mm of an arc of 0.2 m."""

ALMOST_SHUT_RAD = np.radians(0.5)
"""How far a door is pushed; its catch or its own momentum does the rest."""

_UP = np.array([0.0, 0.0, 1.0])


def carried(truth: Truth, joint: str, point_m: Point, to_rad: float) -> Point:
    """[3] where a point of a hinged part is when the joint stands at another angle."""
    hinge = truth.world.data.joint(joint)
    turn = rotation(hinge.xaxis, to_rad - truth.joint(joint))
    return np.asarray(hinge.xanchor + turn @ (point_m - hinge.xanchor))


def swung(truth: Truth, joint: str, pose: Transform, to_rad: float) -> Transform:
    """Where a pose fixed to a hinged part is when the joint stands at another angle."""
    turn = rotation(truth.world.data.joint(joint).xaxis, to_rad - truth.joint(joint))
    result = np.eye(4)
    result[:3, :3] = turn @ pose[:3, :3]
    result[:3, 3] = carried(truth, joint, pose[:3, 3], to_rad)
    return result


def rotation(axis: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    """[3, 3] rotation about a unit vector."""
    quat, matrix = np.zeros(4), np.zeros(9)
    mujoco.mju_axisAngle2Quat(quat, axis, angle_rad)
    mujoco.mju_quat2Mat(matrix, quat)
    return matrix.reshape(3, 3)


def aimed(position_m: Point, yaw_rad: float, down_rad: float, roll_rad: float) -> Transform:
    """A TCP pose that points along a yaw and downwards.

    Args:
        position_m: [3] of the TCP.
        yaw_rad: of the direction of the fingers, seen from above.
        down_rad: how far they point below the horizontal.
        roll_rad: about that direction; at 0 the fingers open level and the hand's camera is
            above, at pi below, at half of it they open in the upright plane.
    """
    level = np.array([np.cos(yaw_rad), np.sin(yaw_rad), 0.0])
    forward = np.cos(down_rad) * level - np.sin(down_rad) * _UP
    right = np.cross(level, _UP)
    fingers = np.cos(roll_rad) * right + np.sin(roll_rad) * np.cross(right, forward)
    return tool(position_m, forward, fingers)


def arc(start_rad: float, end_rad: float) -> list[float]:
    """Angles in equal steps of at most `STEP_RAD`, the start left out."""
    count = max(1, int(np.ceil(abs(end_rad - start_rad) / STEP_RAD - 1e-6)))
    return [float(angle) for angle in np.linspace(start_rad, end_rad, count + 1)[1:]]


def turns_to(truth: Truth, joint: str) -> float:
    """1 if an upright hinge opens counter-clockwise seen from above, else -1."""
    return float(np.sign(truth.world.data.joint(joint).xaxis[2]))


def push_shut(
    joint: str,
    words: str,
    *,
    lead_rad: float = 0.65,
    down_rad: float = 0.45,
    to_rad: float = ALMOST_SHUT_RAD,
) -> Stage:
    """Push an open door shut with closed fingers at its site ``<joint>_push``.

    Meant for doors whose hinge is on the left; mirrored, the arm would have to bend its wrist the
    other way round.

    Args:
        joint: of the door.
        words: what a person calls it.
        lead_rad: angle between the hand's direction and the line from the robot's axis.
        down_rad: how far the hand points downwards.
        to_rad: angle of the door up to which it is pushed.
    """
    site = f"{joint}_push"

    def actions(truth: Truth) -> Iterator[KeyAction]:
        x, y, _ = truth.site(site)[:3, 3]
        yaw = float(np.arctan2(y, x)) + lead_rad * turns_to(truth, joint)
        roll = -0.5 * np.pi * turns_to(truth, joint)

        def touch(angle_rad: float) -> Transform:
            before = backed(truth.site(site), FINGERTIP_M)[:3, 3]
            return aimed(carried(truth, joint, before, angle_rad), yaw, down_rad, roll)

        start = truth.joint(joint)
        yield shutting(go(backed(touch(start), BEFORE_M), f"in front of the {words}"))
        for angle in (start, *arc(start, to_rad)):
            yield slide(touch(angle), f"push the {words} shut", speed=0.6)
        yield slide(backed(truth.base_T_tcp(), BEFORE_M), "draw back")

    return Stage(_shut(words), lambda truth: truth.site(site)[:3, 3], actions)


def push_shut_from_above(joint: str, words: str) -> Stage:
    """The same with the hand pointing down, at the site ``<joint>_rim`` near the door's top."""
    site = f"{joint}_rim"

    def actions(truth: Truth) -> Iterator[KeyAction]:
        yield from _push_from_above(truth, joint, site, ALMOST_SHUT_RAD, f"push the {words} shut")

    return Stage(_shut(words), lambda truth: truth.site(site)[:3, 3], actions)


def _shut(words: str) -> SubTask:
    return SubTask(Action.CLOSE, f"push the {words} shut", object=words)


def _push_from_above(
    truth: Truth, joint: str, site: str, to_rad: float, text: str
) -> Iterator[KeyAction]:
    """The hand keeps pointing down; the fingers' sides push at a site whose z is the push."""
    start = truth.joint(joint)
    first = truth.site(site)[:3, 3]
    yaw = float(np.arctan2(first[1], first[0]))

    def touch(angle_rad: float, aside_m: float = 0.0) -> Transform:
        before = backed(truth.site(site), FINGER_SIDE_M + aside_m)[:3, 3]
        return tool_down(carried(truth, joint, before, angle_rad), yaw)

    beside = touch(start, ASIDE_M)
    yield shutting(go(raised(beside, OVER_M), "over the door"))
    yield slide(beside, "down beside the door")
    for angle in arc(start, to_rad):
        yield slide(touch(angle), text, speed=0.6)
    yield slide(raised(truth.base_T_tcp(), OVER_M), "rise")


def pull_open(
    joint: str,
    words: str,
    to_rad: float,
    *,
    lead_rad: float = 0.0,
    down_rad: float = 1.08,
    force_n: float = 0.0,
) -> tuple[Stage, Stage]:
    """Grasp the upright bar at ``<joint>_handle`` and pull the door open along its arc.

    The bar turns between the fingers.

    Args:
        joint: of the door.
        words: what a person calls it.
        to_rad: how far.
        lead_rad: angle by which the hand is turned towards where the door will be.
        down_rad: how far the hand points downwards.
        force_n: of the grasp; 0 for the configured one.
    """
    site = f"{joint}_handle"

    def held(truth: Truth, yaw_rad: float, angle_rad: float) -> Transform:
        point = carried(truth, joint, truth.site(site)[:3, 3], angle_rad)
        return aimed(point, yaw_rad, down_rad, 0.0)

    def aim(truth: Truth) -> float:
        into = truth.site(site)[:3, 2]
        turned = truth.joint(joint) - lead_rad
        return float(np.arctan2(into[1], into[0]) - turned * turns_to(truth, joint))

    def grasp(truth: Truth) -> Iterator[KeyAction]:
        pose = held(truth, aim(truth), truth.joint(joint))
        yield opening(go(backed(pose, BEFORE_M), f"in front of the {words}'s handle"))
        yield grasping(slide(pose, f"grasp the {words}'s handle"), force_n)

    def pull(truth: Truth) -> Iterator[KeyAction]:
        yaw = aim(truth)
        for angle in arc(truth.joint(joint), to_rad):
            yield slide(held(truth, yaw, angle), f"pull the {words} open", speed=0.5)

    def point(truth: Truth) -> Point:
        return truth.site(site)[:3, 3]

    handle = SubTask(Action.GRASP, f"grasp the {words}'s handle", object=words, part="handle")
    open_it = SubTask(Action.OPEN, f"pull the {words} open", object=words, part="handle")
    return Stage(handle, point, grasp), Stage(open_it, None, pull)


def push_wide(joint: str, words: str, to_rad: float) -> tuple[Stage, Stage]:
    """Let go of a door that stands ajar and push it on from the inside, the hand pointing down.

    The fingers push at the site ``<joint>_inside``.

    Args:
        joint: of the door.
        words: what a person calls it.
        to_rad: how far.
    """
    site = f"{joint}_inside"

    def let_go(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.base_T_tcp()
        yield opening(slide(pose, f"let go of the {words}"))
        yield go(raised(pose, CLEAR_M), "rise")

    def push(truth: Truth) -> Iterator[KeyAction]:
        yield from _push_from_above(truth, joint, site, to_rad, f"push the {words} open")

    release = SubTask(Action.RELEASE, f"let go of the {words}", object=words, part="handle")
    open_it = SubTask(Action.PUSH, f"push the {words} wide open", object=words)
    return (
        Stage(release, None, let_go),
        Stage(open_it, lambda truth: truth.site(site)[:3, 3], push),
    )
