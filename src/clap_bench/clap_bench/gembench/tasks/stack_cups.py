"""Stack two cups into the cup of the named colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.cups import Cup
from clap_bench.gembench.skills import carry, release
from clap_bench.gembench.tasks.pick_up_cup import GAP_M, ZONE, cup_name, pick_cup
from clap_bench.suite.moves import Transform, moved, raised
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Relation
from clap_sim.world.scene import Item, SceneModel

_CUPS = 3
_UPRIGHT = 0.98
"""Least cosine of the tilt."""

_TOLERANCE_M = 0.008
_DROP_M = 0.004
"""How high above its place a cup is let go."""


@dataclass(frozen=True)
class StackCups(Task):
    """Attributes:
    colour: of the cup that stays.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"stack the other cups on top of the {self.colour} cup",
            f"put the other two cups into the {self.colour} cup",
            f"stack all cups, the {self.colour} one at the bottom",
            f"nest the other cups in the {self.colour} cup",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = (self.colour, *others(rng, _CUPS - 1, self.colour))
        items = tuple(Item(Cup(colour), ZONE, cup_name(colour)) for colour in colours)
        return SceneModel("", "", "", items, gap_m=GAP_M)

    def success(self, truth: Truth) -> bool:
        cups = sorted(truth.world.objects, key=lambda name: float(truth.position(name)[2]))
        if cups[0] != cup_name(self.colour):
            return False
        base = truth.position(cups[0])
        step = truth.model(cups[0], Cup).floor_m
        return all(
            truth.free(name)
            and truth.at_rest(name)
            and truth.upright(name) > _UPRIGHT
            and bool(
                np.linalg.norm(truth.position(name) - base - [0.0, 0.0, level * step])
                < _TOLERANCE_M
            )
            for level, name in enumerate(cups)
        )

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        base = cup_name(self.colour)
        rest = [name for name in truth.world.objects if name != base]
        stages: list[Stage] = []
        for level, name in enumerate(rest, start=1):
            stages += self._stack(name.removesuffix("_cup"), level)
        return tuple(stages)

    def wrong(self, truth: Truth) -> Task:
        mistaken = next(name for name in truth.world.objects if name != cup_name(self.colour))
        return replace(self, colour=mistaken.removesuffix("_cup"))

    def _stack(self, colour: str, level: int) -> tuple[Stage, ...]:
        """Put the cup of a colour into the cups that are stacked already."""
        base, name, words = cup_name(self.colour), cup_name(colour), f"{colour} cup"
        phrase = f"into the {self.colour} cup"

        def floor(truth: Truth) -> Point:
            """Of the topmost cup that is stacked."""
            return raised(truth.pose(base), level * truth.model(base, Cup).floor_m)[:3, 3]

        def place(truth: Truth) -> Transform:
            drop = np.array([0.0, 0.0, _DROP_M])
            return moved(truth.base_T_tcp(), floor(truth) - truth.position(name) + drop)

        return (
            pick_cup(colour),
            carry(words, place, floor, Relation.IN, f"{self.colour} cup", phrase),
            release(words, phrase),
        )


VARIATIONS = {0: StackCups("red"), 3: StackCups("green")}
