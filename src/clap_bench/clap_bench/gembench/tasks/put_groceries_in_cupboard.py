"""Put the named one of five groceries into the cupboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.objects.cupboard import Cupboard
from clap_bench.gembench.objects.groceries import GROCERIES
from clap_bench.gembench.shelving import Grip, put, standing_at, take
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Relation
from clap_sim.world.scene import Item, SceneModel

CUPBOARD = "cupboard"

_OTHERS = 4
_FRONT_M = (0.69, 0.71)
"""Distance of the cupboard's front from the robot's axis."""
_BEARING_RAD = 0.12
"""The cupboard stands at most so far aside, seen from the robot, ..."""
_TURN_RAD = 0.15
"""... and is turned at most so far from facing it."""
_GROCERY_M = (0.605, 0.63)
"""The groceries stand on an arc around the robot, so that none is in the way to another, ..."""
_ARC_RAD = 0.84
"""... which ends so far aside."""
_SHIFT_RAD = 0.06
"""Each is shifted along the arc at most so far ..."""
_SKEW_RAD = 0.30
"""... and turned at most so far from pointing away from the robot."""
_WOODS = ("white", "wood")


@dataclass(frozen=True)
class PutGroceriesInCupboard(Task):
    """Attributes:
    grocery: a key of `GROCERIES`.
    """

    grocery: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"put the {self.grocery} in the cupboard",
            f"place the {self.grocery} inside the cupboard",
            f"store the {self.grocery} in the kitchen cupboard",
            f"pick up the {self.grocery} and put it away in the cupboard",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        rest = [name for name in GROCERIES if name != self.grocery]
        chosen = [self.grocery, *rng.permutation(rest)[:_OTHERS].tolist()]
        return kitchen(rng, rng.permutation(chosen).tolist())

    def success(self, truth: Truth) -> bool:
        return put_away(truth) == {self.grocery}

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return store(truth, self.grocery, nearest_slot(truth, self.grocery))

    def wrong(self, truth: Truth) -> Task:
        others = (name for name in groceries(truth) if name != self.grocery)
        return replace(self, grocery=next(others))


def kitchen(rng: np.random.Generator, names: Sequence[str]) -> SceneModel:
    """A cupboard behind an arc of groceries, from the right to the left."""
    cupboard = Cupboard(str(rng.choice(_WOODS)))
    bearing = float(rng.uniform(-_BEARING_RAD, _BEARING_RAD))
    yaw = bearing + float(rng.uniform(-_TURN_RAD, _TURN_RAD))
    distance = float(rng.uniform(*_FRONT_M)) + 0.5 * cupboard.inner_m[0]
    items = [Item(cupboard, standing_at(distance, bearing, yaw), CUPBOARD)]
    for name, middle in zip(names, np.linspace(-_ARC_RAD, _ARC_RAD, len(names)), strict=True):
        angle = float(middle + rng.uniform(-_SHIFT_RAD, _SHIFT_RAD))
        turned = angle + float(rng.uniform(-_SKEW_RAD, _SKEW_RAD) + np.pi * rng.integers(2))
        items.append(
            Item(GROCERIES[name], standing_at(float(rng.uniform(*_GROCERY_M)), angle, turned), name)
        )
    return SceneModel("", "", "", tuple(items), gap_m=0.0)


def groceries(truth: Truth) -> list[str]:
    """Names of the scene's groceries, from the right to the left of the robot."""
    return [name for name in truth.world.objects if name != CUPBOARD]


def put_away(truth: Truth) -> set[str]:
    """Names of the groceries that lie in the cupboard, let go of and at rest."""
    cupboard = truth.model(CUPBOARD, Cupboard)
    cupboard_T_base = np.linalg.inv(truth.pose(CUPBOARD))
    return {
        name
        for name in groceries(truth)
        if cupboard.contains((cupboard_T_base @ truth.pose(name))[:3, 3], 0.0)
        and truth.free(name)
        and truth.at_rest(name)
    }


def nearest_slot(truth: Truth, name: str) -> int:
    """The place in the cupboard that is nearest to a grocery's start."""
    cupboard = truth.model(CUPBOARD, Cupboard)
    places = [truth.site(f"{CUPBOARD}_slot{slot}")[:3, 3] for slot in range(cupboard.slots)]
    return int(np.argmin([np.linalg.norm(place - truth.start(name)) for place in places]))


def store(truth: Truth, name: str, slot: int) -> tuple[Stage, ...]:
    """Stages that put a grocery into a place of the cupboard."""
    grocery = GROCERIES[name]
    grip = Grip(
        grocery.grip_behind_m,
        grocery.grip_behind_m - grocery.body_radius_m,
        grocery.grip_height_m,
        0.0 if grocery.round else np.pi,
    )
    site = f"{CUPBOARD}_slot{slot}"
    placing = put(name, grip, site, "in the cupboard", Relation.IN, "cupboard")
    return (take(name, name, grip), *placing)


_NAMES = tuple(GROCERIES)

VARIATIONS = {number: PutGroceriesInCupboard(_NAMES[number]) for number in (0, 3, 7, 8)}
