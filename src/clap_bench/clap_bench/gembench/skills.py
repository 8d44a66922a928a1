"""Stages that many tasks share: pick something up from above, put it down somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from clap_bench.suite.moves import Transform, go, grasping, opening, raised, slide
from clap_bench.suite.task import Point, Stage
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down, tool_yaw
from clap_core.task_types import Action, KeyAction, Relation, SubTask

ABOVE_M = 0.10
"""How far above a grasp or a place the hand stops first."""

Pose = Callable[[Truth], Transform]


def comfortable_yaw(yaw_rad: float, position_m: Point, symmetry_rad: float = np.pi) -> float:
    """The equivalent yaw of a top-down grasp that twists the wrist least.

    Args:
        yaw_rad: of the tool's x axis in the base frame.
        position_m: [3] of the grasp.
        symmetry_rad: turning the hand by this changes nothing (pi for two fingers, pi / 2 on a
            square object).
    """
    towards = float(np.arctan2(position_m[1], position_m[0]))
    turns = np.round((towards - yaw_rad) / symmetry_rad)
    return float(yaw_rad + turns * symmetry_rad)


def pick(name: str, words: str, grasp: Pose, *, force_n: float = 0.0) -> Stage:
    """Grasp an object from above: over it, down, close.

    Args:
        name: of the object in the world.
        words: what a person calls it.
        grasp: pose of the TCP at which the hand closes.
        force_n: to hold it with; 0 for the configured one.
    """

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = grasp(truth)
        yield opening(go(raised(pose, ABOVE_M), f"above the {words}"))
        yield grasping(slide(pose, f"grasp the {words}"), force_n)

    subtask = SubTask(Action.GRASP, f"grasp the {words}", object=words)
    return Stage(subtask, lambda truth: truth.position(name), actions)


def lift(words: str, height_m: float) -> Stage:
    """Raise what is held straight up by so much."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        yield slide(raised(truth.base_T_tcp(), height_m), f"lift the {words}")

    subtask = SubTask(Action.MOVE, f"lift the {words}", object=words, relation=Relation.UP)
    return Stage(subtask, None, actions)


def carry(
    words: str,
    place: Pose,
    keypoint: Callable[[Truth], Point],
    relation: Relation,
    reference: str,
    phrase: str,
) -> Stage:
    """Carry what is held over a place and lower it there.

    Args:
        words: what is held.
        place: pose of the TCP at which it is let go.
        keypoint: where the foot of what is held will stand.
        relation, reference: the place in the plan's terms.
        phrase: the place in words, such as "onto the green block".
    """

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = place(truth)
        yield go(raised(pose, ABOVE_M), f"carry the {words} {phrase}")
        yield slide(pose, f"lower the {words} {phrase}", speed=0.5)

    subtask = SubTask(
        Action.MOVE,
        f"move the {words} {phrase}",
        object=words,
        relation=relation,
        reference=reference,
    )
    return Stage(subtask, keypoint, actions)


def release(words: str, phrase: str) -> Stage:
    """Let go and rise."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.base_T_tcp()
        yield opening(slide(pose, f"let go of the {words}"))
        yield slide(raised(pose, ABOVE_M), "rise")

    subtask = SubTask(Action.RELEASE, f"release the {words} {phrase}", object=words)
    return Stage(subtask, None, actions)


def turn_clockwise(words: str, angle_rad: float, sink_m: float) -> Stage:
    """Turn what is held clockwise, seen from above, about the vertical through the TCP.

    Args:
        words: what is held.
        angle_rad: by how much, less than pi.
        sink_m: how far it screws itself down meanwhile.
    """

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.base_T_tcp()
        turned = tool_down(pose[:3, 3], tool_yaw(pose) - angle_rad)
        yield slide(raised(turned, -sink_m), f"turn the {words} clockwise", speed=0.7)

    subtask = SubTask(Action.TURN, f"turn the {words} clockwise until it is tight", object=words)
    return Stage(subtask, None, actions)
