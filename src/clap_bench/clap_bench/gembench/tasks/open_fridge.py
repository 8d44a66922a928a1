"""Pull the door of the closed fridge open by its handle; the freezer's door stays shut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.gembench.swings import pull_open
from clap_bench.gembench.tasks.close_fridge import DOOR, fridge_scene
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world.scene import SceneModel, Zone

_OPENED_RAD = np.radians(40.0)
_PULLED_RAD = np.radians(50.0)
_ZONE = Zone(x_m=(0.76, 0.82), y_m=(-0.08, 0.08), yaw_rad=(-0.3, 0.3), reach_m=(0.0, 1.0))


@dataclass(frozen=True)
class OpenFridge(Task):
    """Attributes:
    door: the door to open; the other one of the fridge is a mistake.
    """

    door: str = DOOR

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open fridge",
            "open the fridge",
            "open the refrigerator's door",
            "pull the large door of the fridge open",
            "open the lower door of the fridge",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return fridge_scene(Fridge(), _ZONE)

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) > _OPENED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return pull_open(self.door, "fridge door", _PULLED_RAD)

    def wrong(self, truth: Truth) -> Task:
        return OpenFridge("fridge_freezer")


VARIATIONS = {0: OpenFridge()}
