"""Push the open door shut; it opens towards the robot and its bolt snaps in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.swings import push_shut
from clap_bench.gembench.tasks.open_door import DOOR, door_scene
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import SceneModel, Zone

_CLOSED_RAD = np.radians(3.0)
_OPEN_RAD = (np.radians(40.0), np.radians(62.0))
_ZONE = Zone(x_m=(0.68, 0.74), y_m=(-0.08, 0.08), yaw_rad=(-0.3, 0.3), reach_m=(0.0, 1.0))


@dataclass(frozen=True)
class CloseDoor(Task):
    """Attributes:
    door: its dimensions; it opens towards the robot.
    """

    door: Door

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close the door",
            "shut the door",
            "push the open door shut",
            "push the door until it is closed",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return door_scene(self.door, _ZONE)

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        world.data.joint(DOOR).qpos = rng.uniform(*_OPEN_RAD)

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) < _CLOSED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (push_shut(DOOR, "door"),)


VARIATIONS = {0: CloseDoor(Door(away=False, backset_m=0.028, lever_m=0.055))}
