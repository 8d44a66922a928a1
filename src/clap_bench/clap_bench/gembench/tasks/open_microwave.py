"""Pull the microwave's door open by its handle, then push it wide open from the inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.microwave import Microwave
from clap_bench.gembench.swings import pull_open, push_wide
from clap_bench.gembench.tasks.close_microwave import DOOR, microwave_scene
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world.scene import SceneModel

_OPENED_RAD = np.radians(60.0)
_PULLED_RAD = np.radians(38.0)
_PUSHED_RAD = np.radians(72.0)


@dataclass(frozen=True)
class OpenMicrowave(Task):
    """The door counts as open from 60 degrees on."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open microwave",
            "open the microwave",
            "open the door of the microwave",
            "pull the microwave's door open",
            "open the microwave oven wide",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return microwave_scene(Microwave())

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) > _OPENED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        words = "microwave door"
        return (*pull_open(DOOR, words, _PULLED_RAD), *push_wide(DOOR, words, _PUSHED_RAD))


VARIATIONS = {0: OpenMicrowave()}
