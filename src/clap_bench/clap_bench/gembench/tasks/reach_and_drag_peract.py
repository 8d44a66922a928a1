"""Take the stick and drag the cube with it onto the target of the named colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.blocks import PaintedTarget, Stick
from clap_bench.gembench.skills import ABOVE_M, comfortable_yaw, pick
from clap_bench.suite.moves import Transform, go, raised, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.robot import HAND_BODY
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.toys import Block

_CUBE, _STICK = "cube", "stick"
_BY_HAND = "the hand touched the cube"
_BY_STICK = "the stick touched the cube"

_CUBE_X_M = (0.50, 0.58)
_CUBE_Y_M = (0.05, 0.12)
_STICK_X_M = (0.44, 0.52)
_STICK_Y_M = (-0.42, -0.37)
_STICK_YAW_RAD = 0.35
_DISTANCE_M = (0.15, 0.17)
_TURN_RAD = 0.25
"""How far a target may be off its quarter around the cube."""

_GRASP_M = 0.014
_SWEEP_M = 0.018
"""Height of the TCP over the table when it takes the stick, and when it sweeps with it."""

_START_GAP_M = 0.03
"""Between stick and cube when the stick comes down behind it."""

_FLAT_M = 0.004
"""A cube higher than this does not lie on the table."""

_REACH_M = (0.38, 0.66)
"""From the robot's axis, where the hand sweeps with ease."""

_CONTACTS_M = (0.22, 0.19, 0.16, 0.13)
_SLANTS_RAD = (0.0, 0.3, -0.3)
"""Choices of the expert: where along the stick, from the hand, it takes the cube, and by how much
the stick is off the perpendicular to the way; friction holds the cube up to 0.5 rad."""


@dataclass(frozen=True)
class ReachAndDrag(Task):
    """Attributes:
    colour: of the target.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"use the stick to drag the cube onto the {self.colour} target",
            f"pick up the stick and push the cube with it onto the {self.colour} square",
            f"drag the block towards the {self.colour} square with the stick",
            f"grasp the stick by its handle and slide the cube onto the {self.colour} target",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        side = rng.choice((-1.0, 1.0))
        cube = np.array([rng.uniform(*_CUBE_X_M), side * rng.uniform(*_CUBE_Y_M)])
        stick = np.array([rng.uniform(*_STICK_X_M), side * rng.uniform(*_STICK_Y_M)])
        stick_yaw = rng.uniform(-_STICK_YAW_RAD, _STICK_YAW_RAD)
        items = [
            Item(Stick("wood"), _pinned(stick, stick_yaw), _STICK),
            Item(Block("red"), _pinned(cube, rng.uniform(-np.pi, np.pi)), _CUBE),
        ]
        colours = rng.permutation([self.colour, *others(rng, 3, self.colour, "red")]).tolist()
        for quarter, colour in enumerate(colours):
            angle = 0.5 * np.pi * quarter + rng.uniform(-_TURN_RAD, _TURN_RAD)
            away = rng.uniform(*_DISTANCE_M) * np.array([np.cos(angle), np.sin(angle)])
            items.append(Item(PaintedTarget(colour), _pinned(cube + away, angle), _target(colour)))
        return SceneModel("", "", "", tuple(items), gap_m=0.0)

    def watch(self, truth: Truth) -> None:
        if truth.touching(_STICK, _CUBE):
            truth.note(_BY_STICK)
        if truth.touching(HAND_BODY, _CUBE):
            truth.note(_BY_HAND)

    def success(self, truth: Truth) -> bool:
        target = truth.model(_target(self.colour), PaintedTarget)
        away = np.linalg.inv(truth.pose(_target(self.colour))) @ truth.pose(_CUBE)[:, 3]
        return bool(
            truth.events == [_BY_STICK]
            and np.abs(away[:2]).max() < target.half_side_m
            and abs(away[2]) < _FLAT_M
            and truth.at_rest(_CUBE)
        )

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        grasp = pick(_STICK, "stick", _grasp)
        grip = replace(grasp.subtask, part="grip")
        move = SubTask(
            Action.MOVE,
            "move the stick behind the cube",
            object="stick",
            relation=Relation.NEXT_TO,
            reference="cube",
        )
        drag = SubTask(
            Action.PUSH,
            f"drag the cube with the stick onto the {self.colour} target",
            object="cube",
            relation=Relation.ON,
            reference=f"{self.colour} target",
        )
        return (
            Stage(grip, lambda truth: truth.site(f"{_STICK}_grip")[:3, 3], grasp.actions),
            Stage(move, lambda truth: truth.position(_CUBE), self._move),
            Stage(drag, lambda truth: truth.position(_target(self.colour)), self._drag),
        )

    def wrong(self, truth: Truth) -> Task:
        targets = [name for name in truth.world.objects if name.endswith("_target")]
        mistaken = next(name for name in targets if name != _target(self.colour))
        return replace(self, colour=mistaken.removesuffix("_target"))

    def _move(self, truth: Truth) -> Iterator[KeyAction]:
        start, _ = self._sweep(truth)
        yield go(raised(start, ABOVE_M), "bring the stick behind the cube")
        yield slide(start, "lower the stick behind the cube", speed=0.5)

    def _drag(self, truth: Truth) -> Iterator[KeyAction]:
        _, end = self._sweep(truth)
        yield slide(end, f"drag the cube onto the {self.colour} target", speed=0.4)

    def _sweep(self, truth: Truth) -> tuple[Transform, Transform]:
        """Poses of the hand with the stick behind the cube, and with the cube on the target."""
        cube, goal = truth.start(_CUBE), truth.position(_target(self.colour))
        choices = product((-1.0, 1.0), _CONTACTS_M, _SLANTS_RAD)
        sweeps = [_swept(truth, cube, goal, *choice) for choice in choices]
        _, start, end = min(sweeps, key=lambda sweep: sweep[0])
        return start, end


def _swept(
    truth: Truth, cube: Point, goal: Point, side: float, contact_m: float, slant_rad: float
) -> tuple[float, Transform, Transform]:
    """Cost, start and end of a sweep with the stick to one side of the way."""
    block = truth.model(_CUBE, Block)
    stick = truth.model(_STICK, Stick)
    way = np.arctan2(*(goal - cube)[1::-1])
    along = way + side * (0.5 * np.pi) + slant_rad
    stick_way = np.array([np.cos(along), np.sin(along), 0.0])
    push = np.array([np.cos(way), np.sin(way), 0.0])
    start = cube - push * (block.footprint_radius_m + stick.body_radius_m + _START_GAP_M)
    normal = np.array([np.cos(way + slant_rad), np.sin(way + slant_rad), 0.0])
    end = goal - normal * (block.body_radius_m + stick.body_radius_m)
    # The fingers keep the stick along the tool's x axis; which end is forward, the grasp decided.
    forward = np.sign(truth.base_T_tcp()[:3, 0] @ truth.pose(_STICK)[:3, 0])
    yaw = along if forward > 0 else along + np.pi
    poses = []
    cost = 0.05 * abs(slant_rad) - 0.1 * contact_m
    for point in (start, end):
        hand = point - contact_m * stick_way
        hand[2] = _SWEEP_M
        poses.append(tool_down(hand, float(yaw)))
        reach = float(np.hypot(hand[0], hand[1]))
        cost += abs(reach - np.clip(reach, *_REACH_M))
        turned = np.remainder(yaw - np.arctan2(hand[1], hand[0]) + np.pi, 2.0 * np.pi) - np.pi
        cost += 0.02 * abs(turned)
    return cost, poses[0], poses[1]


def _grasp(truth: Truth) -> Transform:
    """The hand over the grip, fingers across the stick."""
    grip = truth.site(f"{_STICK}_grip")
    position = np.array([grip[0, 3], grip[1, 3], _GRASP_M])
    yaw = float(np.arctan2(grip[1, 0], grip[0, 0]))
    return tool_down(position, comfortable_yaw(yaw, position))


def _target(colour: str) -> str:
    return f"{colour}_target"


def _pinned(place_m: np.ndarray, yaw_rad: float) -> Zone:
    x, y = (float(value) for value in place_m)
    return Zone((x, x), (y, y), (yaw_rad, yaw_rad), reach_m=(0.0, np.inf))


VARIATIONS = {
    5: ReachAndDrag("navy"),
    7: ReachAndDrag("cyan"),
    14: ReachAndDrag("teal"),
    18: ReachAndDrag("black"),
}
