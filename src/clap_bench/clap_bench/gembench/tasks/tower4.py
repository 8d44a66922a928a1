"""Build a tower on the pad in the order that the instruction names; other blocks lie by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.blocks import Pad
from clap_bench.gembench.tasks.stack_blocks import PAD, PAD_COLOUR, is_tower, tower_stages
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world.scene import Item, SceneModel, Zone
from clap_sim.world.toys import Block

_BLOCKS = 6
_BLOCK_ZONE = Zone(x_m=(0.34, 0.68), y_m=(-0.36, 0.36), reach_m=(0.38, 0.70))
_PAD_ZONE = Zone(x_m=(0.45, 0.55), y_m=(-0.08, 0.08))


@dataclass(frozen=True)
class Tower(Task):
    """Attributes:
    colours: of the blocks from below.
    published: the wording of the benchmark's authors.
    """

    colours: tuple[str, ...]
    published: str

    @property
    def instructions(self) -> tuple[str, ...]:
        first, *later = self.colours
        return (
            self.published,
            f"put the {first} block on the pad"
            + "".join(
                f", then the {upper} block on top of the {lower} one"
                for lower, upper in zip(self.colours, later, strict=False)
            ),
            f"build a tower on the {PAD_COLOUR} pad, from bottom to top: {_listed(self.colours)}",
            f"stack the {_listed(later)} blocks in this order on top of the {first} block, "
            "which goes on the pad",
            f"pile up the blocks on the pad with {_listed(self.colours)} from below",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        spare = others(rng, _BLOCKS - len(self.colours), *self.colours, PAD_COLOUR)
        blocks = [
            Item(Block(colour), _BLOCK_ZONE, _name(colour)) for colour in (*self.colours, *spare)
        ]
        return SceneModel("", "", "", (Item(Pad(PAD_COLOUR), _PAD_ZONE, PAD), *blocks))

    def success(self, truth: Truth) -> bool:
        return is_tower(truth, [_name(colour) for colour in self.colours])

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return tower_stages(truth, [_name(colour) for colour in self.colours])

    def wrong(self, truth: Truth) -> Task:
        *lower, second, top = self.colours
        return replace(self, colours=(*lower, top, second))


def _name(colour: str) -> str:
    return f"{colour}_block"


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"


VARIATIONS = {
    1: Tower(
        ("orange", "gray", "lime", "rose"),
        "first place the orange block. Then stack the gray block on top of it and stack the lime "
        "block on top of it. Then place the rose block on top of the lime one",
    ),
    3: Tower(
        ("white", "teal", "blue"),
        "pick up and set down the white block place the teal block on top of the white one stack "
        "the blue block on top of it",
    ),
}
