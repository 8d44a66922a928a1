"""Push the block along the table onto the target of the named colour, one of four around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.objects.blocks import PaintedTarget
from clap_bench.gembench.skills import ABOVE_M, comfortable_yaw
from clap_bench.suite.moves import Transform, go, raised, shutting, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.toys import Block

TARGETS = ("green", "blue", "pink", "yellow")

_BLOCK = "block"
_DISTANCE_M = 0.16
_MIDDLE_X_M = (0.48, 0.57)
_MIDDLE_Y_M = (-0.12, 0.12)
_YAW_RAD = 0.25 * np.pi

_FINGER_HALF_M = 0.009
"""Half the depth of the closed fingers along the tool's x axis, with which they push."""

_START_GAP_M = 0.025
"""Between the fingers and the block when the fingers come down behind it."""

_PUSH_HEIGHT_M = 0.016
"""Of the TCP over the table; the fingertips are 9 mm lower."""

_FLAT_M = 0.004
"""A block higher than this does not lie on the table."""


@dataclass(frozen=True)
class SlideBlock(Task):
    """Attributes:
    colour: of the target.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"slide the block to {self.colour} target",
            f"push the block onto the {self.colour} square",
            f"slide the red block along the table to the {self.colour} target",
            f"move the cube onto the {self.colour} target by pushing it",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        middle = np.array([rng.uniform(*_MIDDLE_X_M), rng.uniform(*_MIDDLE_Y_M)])
        yaw = rng.uniform(-_YAW_RAD, _YAW_RAD)
        items = [Item(Block("red"), _pinned(middle, yaw), _BLOCK)]
        for quarter, colour in enumerate(rng.permutation(TARGETS).tolist()):
            angle = yaw + 0.5 * np.pi * quarter
            place = middle + _DISTANCE_M * np.array([np.cos(angle), np.sin(angle)])
            items.append(Item(PaintedTarget(colour), _pinned(place, yaw), _target(colour)))
        return SceneModel("", "", "", tuple(items), gap_m=0.0)

    def success(self, truth: Truth) -> bool:
        target = truth.model(_target(self.colour), PaintedTarget)
        away = np.linalg.inv(truth.pose(_target(self.colour))) @ truth.pose(_BLOCK)[:, 3]
        return bool(
            np.abs(away[:2]).max() < target.half_side_m
            and abs(away[2]) < _FLAT_M
            and truth.at_rest(_BLOCK)
            and not self._gripped(truth)
        )

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        approach = SubTask(
            Action.APPROACH,
            f"move behind the block to push it towards the {self.colour} target",
            object="block",
            relation=Relation.TOWARDS,
            reference=f"{self.colour} target",
        )
        push = SubTask(
            Action.PUSH,
            f"push the block onto the {self.colour} target",
            object="block",
            relation=Relation.ON,
            reference=f"{self.colour} target",
        )
        return (
            Stage(approach, lambda truth: truth.position(_BLOCK), self._approach),
            Stage(push, lambda truth: truth.position(_target(self.colour)), self._push),
        )

    def wrong(self, truth: Truth) -> Task:
        return replace(self, colour=next(c for c in TARGETS if c != self.colour))

    def _approach(self, truth: Truth) -> Iterator[KeyAction]:
        behind = self._hand(truth, self._behind(truth))
        yield shutting(go(raised(behind, ABOVE_M), "above the table behind the block"))
        yield slide(behind, "down behind the block")

    def _push(self, truth: Truth) -> Iterator[KeyAction]:
        goal = truth.position(_target(self.colour))
        end = goal - self._way(truth) * (self._half(truth) + _FINGER_HALF_M)
        text = f"push the block onto the {self.colour} target"
        yield slide(self._hand(truth, end), text, speed=0.4)

    def _behind(self, truth: Truth) -> Point:
        reach = self._half(truth) + _FINGER_HALF_M + _START_GAP_M
        return truth.position(_BLOCK) - self._way(truth) * reach

    def _hand(self, truth: Truth, point: Point) -> Transform:
        """Closed fingers over a point of the table, their broad side towards the target."""
        way = self._way(truth)
        yaw = comfortable_yaw(float(np.arctan2(way[1], way[0])), truth.start(_BLOCK))
        return tool_down((point[0], point[1], _PUSH_HEIGHT_M), yaw)

    def _way(self, truth: Truth) -> Point:
        """[3] horizontal direction from the block to the target."""
        way = truth.position(_target(self.colour)) - truth.start(_BLOCK)
        way[2] = 0.0
        return way / np.linalg.norm(way)

    def _gripped(self, truth: Truth) -> bool:
        """Whether the fingers hold the block between them; closed ones can only push it."""
        world = truth.world
        apart = float(world.data.qpos[world.finger_qpos].sum())
        return truth.held(_BLOCK) and apart > self._half(truth)

    def _half(self, truth: Truth) -> float:
        return truth.model(_BLOCK, Block).body_radius_m


def _target(colour: str) -> str:
    return f"{colour}_target"


def _pinned(place_m: np.ndarray, yaw_rad: float) -> Zone:
    x, y = (float(value) for value in place_m)
    return Zone((x, x), (y, y), (yaw_rad, yaw_rad), reach_m=(0.0, np.inf))


VARIATIONS = {number: SlideBlock(colour) for number, colour in enumerate(TARGETS)}
