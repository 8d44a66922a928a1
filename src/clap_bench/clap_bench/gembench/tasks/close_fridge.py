"""Push the open door of the fridge shut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.catch import Magnet
from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.gembench.swings import push_shut
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

FRIDGE = "fridge"
DOOR = "fridge_door"
SEAL_NM = 0.8
"""The seal of a fridge's door holds with about 4 N at the handle."""

_CLOSED_RAD = np.radians(3.0)
_OPEN_RAD = (np.radians(45.0), np.radians(75.0))
_ZONE = Zone(x_m=(0.76, 0.82), y_m=(-0.08, 0.08), yaw_rad=(-0.3, 0.3), reach_m=(0.0, 1.0))


def fridge_scene(fridge: Fridge, zone: Zone) -> SceneModel:
    """One fridge whose doors are held by their seals."""
    doors = (DOOR, "fridge_freezer") if fridge.freezer_m else (DOOR,)
    seals = tuple(Magnet(door, SEAL_NM) for door in doors)
    return SceneModel("", "", "", (Item(fridge, zone, FRIDGE),), mechanisms=seals)


@dataclass(frozen=True)
class CloseFridge(Task):
    """Attributes:
    fridge: its dimensions.
    zone: where it may stand.
    """

    fridge: Fridge
    zone: Zone = _ZONE

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close fridge",
            "close the fridge",
            "shut the fridge door",
            "push the door of the refrigerator shut",
            "close the open door of the fridge",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return fridge_scene(self.fridge, self.zone)

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        world.data.joint(DOOR).qpos = rng.uniform(*_OPEN_RAD)

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) < _CLOSED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (push_shut(DOOR, "fridge door"),)


VARIATIONS = {0: CloseFridge(Fridge())}
