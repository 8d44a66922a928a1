"""Put a cube onto the bottom shelf of an open safe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.shelving import Grip
from clap_bench.gembench.tasks.put_money_in_safe import PutInSafe
from clap_sim.world.objects import ObjectModel
from clap_sim.world.toys import Block

_GRIP_M = 0.018
"""Height of the grip: low, so that the hand passes below the next shelf."""

_BEHIND_M = 0.014
"""The grip's distance from the edge that faces the hand, so that the palm clears the top."""


@dataclass(frozen=True)
class PutCubeInSafe(PutInSafe):
    """Put a wooden cube of any colour away."""

    @property
    def words(self) -> str:
        return "cube"

    def valuable(self, rng: np.random.Generator) -> ObjectModel:
        return Block(others(rng, 1)[0], nouns=("cube", "block"))

    def grip(self, model: ObjectModel) -> Grip:
        assert isinstance(model, Block)
        return Grip(_BEHIND_M, _BEHIND_M - 0.5 * model.side_m, _GRIP_M, 0.5 * np.pi)


VARIATIONS = {0: PutCubeInSafe("bottom")}
