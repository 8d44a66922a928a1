"""Put the money onto the named shelf of an open safe."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.objects.money import BanknoteBundle
from clap_bench.gembench.objects.safe import SHELVES, Safe
from clap_bench.gembench.shelving import Grip, put, standing_at, take
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Relation
from clap_sim.world.objects import ObjectModel
from clap_sim.world.scene import Item, SceneModel

_SAFE = "safe"
_FRONT_M = (0.69, 0.70)
"""Distance of the safe's front from the robot's axis."""
_BEARING_RAD = 0.25
"""The safe stands at most so far aside, seen from the robot, ..."""
_TURN_RAD = 0.20
"""... and is turned at most so far from facing it."""
_DOOR_RAD = (1.95, 2.70)
_VALUABLE_M = (0.62, 0.65)
"""Distance of the valuable from the robot's axis."""
_ASIDE_RAD = (0.50, 0.85)
"""How far it lies aside of the safe, away from the open door."""
_SKEW_RAD = 0.30
"""It is turned at most so far from pointing away from the robot."""


@dataclass(frozen=True)
class PutInSafe(Task):
    """Put something valuable onto a shelf of a safe.

    Attributes:
        shelf: one of `SHELVES`.
    """

    shelf: str

    @property
    @abstractmethod
    def words(self) -> str:
        """What the valuable is called; its name in the world."""

    @abstractmethod
    def valuable(self, rng: np.random.Generator) -> ObjectModel:
        """What goes into the safe."""

    @abstractmethod
    def grip(self, model: ObjectModel) -> Grip:
        """How it is held."""

    @property
    def instructions(self) -> tuple[str, ...]:
        words, shelf = self.words, self.shelf
        return (
            f"put the {words} away in the safe on the {shelf} shelf",
            f"put the {words} on the {shelf} shelf of the safe",
            f"store the {words} in the safe, on the {shelf} shelf",
            f"lock the {words} away: leave it on the safe's {shelf} shelf",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        side = int(rng.choice((-1, 1)))
        safe = Safe("gray", hinge_side=side, door_rad=float(rng.uniform(*_DOOR_RAD)))
        bearing = float(rng.uniform(-_BEARING_RAD, _BEARING_RAD))
        yaw = bearing + float(rng.uniform(-_TURN_RAD, _TURN_RAD))
        distance = float(rng.uniform(*_FRONT_M)) + 0.5 * safe.depth_m
        aside = bearing - side * float(rng.uniform(*_ASIDE_RAD))
        skew = aside + float(rng.uniform(-_SKEW_RAD, _SKEW_RAD))
        at = float(rng.uniform(*_VALUABLE_M))
        return SceneModel(
            "", "", "",
            (
                Item(safe, standing_at(distance, bearing, yaw), _SAFE),
                Item(self.valuable(rng), standing_at(at, aside, skew), self.words),
            ),
            gap_m=0.0,
        )  # fmt: skip

    def success(self, truth: Truth) -> bool:
        safe_T_base = np.linalg.inv(truth.pose(_SAFE))
        at = (safe_T_base @ truth.pose(self.words))[:3, 3]
        lies = truth.model(_SAFE, Safe).on_shelf(self.shelf, at) and truth.touching(
            _SAFE, self.words
        )
        return bool(lies and truth.free(self.words) and truth.at_rest(self.words))

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        grip = self.grip(truth.world.objects[self.words].model)
        phrase = f"on the {self.shelf} shelf"
        site = f"{_SAFE}_{self.shelf}"
        reference = f"{self.shelf} shelf of the safe"
        placing = put(self.words, grip, site, phrase, Relation.ON, reference)
        return (take(self.words, self.words, grip), *placing)

    def wrong(self, truth: Truth) -> Task:
        other = SHELVES[(SHELVES.index(self.shelf) + 1) % len(SHELVES)]
        return replace(self, shelf=other)


@dataclass(frozen=True)
class PutMoneyInSafe(PutInSafe):
    """Put a bundle of banknotes away."""

    @property
    def words(self) -> str:
        return "money"

    def valuable(self, rng: np.random.Generator) -> ObjectModel:
        return BanknoteBundle("green")

    def grip(self, model: ObjectModel) -> Grip:
        assert isinstance(model, BanknoteBundle)
        centre = model.grip_behind_m - 0.5 * model.size_m[0]
        return Grip(model.grip_behind_m, centre, model.grip_height_m, np.pi)


VARIATIONS = {shelf: PutMoneyInSafe(SHELVES[shelf]) for shelf in range(len(SHELVES))}
