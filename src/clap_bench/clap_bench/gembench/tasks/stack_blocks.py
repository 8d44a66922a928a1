"""Stack two blocks of the named colour on the green pad; four blocks of another colour lie by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.blocks import Pad
from clap_bench.gembench.skills import carry, comfortable_yaw, pick, release
from clap_bench.suite.moves import Transform
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Relation
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.toys import Block

PAD = "pad"
PAD_COLOUR = "green"

_COUNT = 2
_SPARE = 2
_DISTRACTORS = 4
_GAP_M = 0.035
_BLOCK_ZONE = Zone(x_m=(0.34, 0.68), y_m=(-0.36, 0.36), reach_m=(0.38, 0.70))
_PAD_ZONE = Zone(x_m=(0.42, 0.58), y_m=(-0.22, 0.22))

_DROP_M = 0.001
"""How far above its seat a block is let go."""

_SEAT_TOLERANCE_M = 0.004
"""How much the height of a block that rests on another may be off."""


@dataclass(frozen=True)
class StackBlocks(Task):
    """Attributes:
    colour: of the blocks to stack.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"stack {_COUNT} {self.colour} blocks",
            f"place {_COUNT} of the {self.colour} cubes on top of each other",
            f"build a tower out of {_COUNT} {self.colour} blocks on the {PAD_COLOUR} pad",
            f"put a {self.colour} block on the {PAD_COLOUR} pad and another one on top of it",
            f"pile up {_COUNT} {self.colour} cubes",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        other = others(rng, 1, self.colour, PAD_COLOUR)[0]
        colours = [self.colour] * (_COUNT + _SPARE) + [other] * _DISTRACTORS
        blocks = [
            Item(Block(colour), _BLOCK_ZONE, f"{colour}_block_{k}")
            for k, colour in enumerate(colours)
        ]
        items = (Item(Pad(PAD_COLOUR), _PAD_ZONE, PAD), *blocks)
        return SceneModel("", "", "", items, gap_m=_GAP_M)

    def success(self, truth: Truth) -> bool:
        mine = self._blocks(truth)
        return any(
            first != second and is_tower(truth, (first, second))
            for first in mine
            for second in mine
        )

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        pad = truth.position(PAD)
        near = sorted(
            self._blocks(truth), key=lambda name: np.linalg.norm(truth.position(name) - pad)
        )
        return tower_stages(truth, near[:_COUNT])

    def wrong(self, truth: Truth) -> Task:
        colours = {item.model.colour for item in truth.world.objects.values()}
        mistaken = colours - {self.colour, PAD_COLOUR}
        return replace(self, colour=mistaken.pop())

    def _blocks(self, truth: Truth) -> list[str]:
        return [name for name in truth.world.objects if name.startswith(f"{self.colour}_block")]


def is_tower(truth: Truth, names: Sequence[str]) -> bool:
    """Whether these blocks, from below, stand on the pad and on each other, free and at rest."""
    pad = truth.world.objects[PAD].model
    low = truth.position(PAD)
    reach, floor = pad.body_radius_m, pad.height_m
    for name in names:
        model = truth.world.objects[name].model
        away = truth.position(name) - low - (0.0, 0.0, floor)
        seated = abs(away[2]) < _SEAT_TOLERANCE_M and np.linalg.norm(away[:2]) < reach
        if not (seated and truth.free(name) and truth.at_rest(name)):
            return False
        low, reach, floor = truth.position(name), model.body_radius_m, model.height_m
    return True


def tower_stages(truth: Truth, names: Sequence[str]) -> tuple[Stage, ...]:
    """Put these blocks on the pad and on each other, from below."""
    stages: list[Stage] = []
    seat, height = "pad", truth.world.objects[PAD].model.height_m
    for name in names:
        model = truth.world.objects[name].model
        stages += _place_stages(name, f"{model.colour} block", seat, height)
        seat, height = f"{model.colour} block", height + model.height_m
    return tuple(stages)


def _place_stages(name: str, words: str, seat: str, height_m: float) -> tuple[Stage, ...]:
    def grasp(truth: Truth) -> Transform:
        return _hold(truth, name, truth.pose(name))

    def place(truth: Truth) -> Transform:
        base_T_seat = truth.pose(PAD)
        base_T_seat[2, 3] += height_m + _DROP_M
        return _hold(truth, name, base_T_seat)

    def keypoint(truth: Truth) -> np.ndarray:
        return truth.position(PAD) + np.array([0.0, 0.0, height_m])

    phrase = f"onto the {seat}"
    return (
        pick(name, words, grasp),
        carry(words, place, keypoint, Relation.ON, seat, phrase),
        release(words, f"on the {seat}"),
    )


def _hold(truth: Truth, name: str, base_T_block: Transform) -> Transform:
    """The hand around the middle of a block that stands there."""
    position = base_T_block[:3, 3] + (0.0, 0.0, 0.5 * truth.world.objects[name].model.height_m)
    yaw = float(np.arctan2(base_T_block[1, 0], base_T_block[0, 0]))
    return tool_down(position, comfortable_yaw(yaw, position, 0.5 * np.pi))


VARIATIONS = {
    24: StackBlocks("magenta"),
    27: StackBlocks("silver"),
    30: StackBlocks("gray"),
    33: StackBlocks("orange"),
    36: StackBlocks("olive"),
    39: StackBlocks("purple"),
}
