"""Put all of the groceries into the cupboard, each to a place of its own.

There are four of the nine kinds. One takes six key poses (over it, grasp, in front of its place,
in, let go, draw back), so four take 24 of the 25 that an episode has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.groceries import GROCERIES
from clap_bench.gembench.tasks.put_groceries_in_cupboard import (
    groceries,
    kitchen,
    put_away,
    store,
)
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world.scene import SceneModel

_COUNT = 4


@dataclass(frozen=True)
class PutAllGroceriesInCupboard(Task):
    """Four groceries, and a cupboard with four places."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "put all of the groceries in the cupboard",
            "put away all the groceries in the cupboard",
            "move every grocery from the table into the cupboard",
            "store all of the shopping in the cupboard",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return kitchen(rng, rng.permutation(list(GROCERIES))[:_COUNT].tolist())

    def success(self, truth: Truth) -> bool:
        return put_away(truth) == set(groceries(truth))

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        """From the right to the left, so that no way crosses another."""
        return tuple(
            stage
            for slot, name in enumerate(groceries(truth))
            for stage in store(truth, name, slot)
        )


VARIATIONS = {0: PutAllGroceriesInCupboard()}
