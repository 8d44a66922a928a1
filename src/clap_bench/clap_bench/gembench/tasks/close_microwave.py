"""Push the open door of the microwave shut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.catch import Magnet
from clap_bench.gembench.objects.microwave import Microwave
from clap_bench.gembench.swings import push_shut
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

MICROWAVE = "microwave"
DOOR = "microwave_door"
CATCH_NM = 0.8
"""The door's catch holds with about 4 N at the handle."""

_CLOSED_RAD = np.radians(3.0)
_OPEN_RAD = (np.radians(45.0), np.radians(68.0))
_DOWN_RAD = 0.6
_PUSHED_RAD = np.radians(2.0)
"""The fingers are so steep here that pushing further would press the door into its frame."""
ZONE = Zone(x_m=(0.74, 0.80), y_m=(-0.10, 0.10), yaw_rad=(-0.3, 0.3), reach_m=(0.0, 1.0))


def microwave_scene(microwave: Microwave, zone: Zone = ZONE) -> SceneModel:
    """One microwave whose door is held by a catch."""
    catch = Magnet(DOOR, CATCH_NM)
    return SceneModel("", "", "", (Item(microwave, zone, MICROWAVE),), mechanisms=(catch,))


@dataclass(frozen=True)
class CloseMicrowave(Task):
    """Attributes:
    microwave: its dimensions.
    """

    microwave: Microwave

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close microwave",
            "close the microwave",
            "shut the door of the microwave",
            "push the microwave's door shut",
            "close the open microwave oven",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return microwave_scene(self.microwave)

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        world.data.joint(DOOR).qpos = rng.uniform(*_OPEN_RAD)

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) < _CLOSED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (push_shut(DOOR, "microwave door", down_rad=_DOWN_RAD, to_rad=_PUSHED_RAD),)


VARIATIONS = {0: CloseMicrowave(Microwave())}
