"""What has happened to the objects since the last reset."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world import World


class History:
    """Remembers where objects started, how high they were lifted and how far joints went.

    Args:
        world: observed in its present state.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = list(world.objects)
        self._bodies = np.array([item.body_id for item in world.objects.values()], dtype=int)
        self._joints = {
            name: joint for name in self._names if (joint := inner_joint(world, name)) is not None
        }
        self._start = np.zeros((len(self._names), 3))
        self._highest = np.zeros(len(self._names))
        self._farthest: dict[str, float] = {}
        self.restart()

    def restart(self) -> None:
        """Forget everything; the present state is the new start."""
        self._start = self._world.data.xpos[self._bodies].copy()
        self._highest = self._start[:, 2].copy()
        self._farthest = {name: self._travel(name) for name in self._joints}

    def observe(self) -> None:
        """Take note of the present state; call it often enough to see what is brief."""
        np.maximum(self._highest, self._world.data.xpos[self._bodies, 2], out=self._highest)
        for name, farthest in self._farthest.items():
            self._farthest[name] = max(farthest, self._travel(name))

    def start_m(self, name: str) -> NDArray[np.float64]:
        """[3] where the object was at the start."""
        return self._start[self._names.index(name)]

    def lift_m(self, name: str) -> float:
        """How high above its start it has ever been."""
        row = self._names.index(name)
        return float(self._highest[row] - self._start[row, 2])

    def travel_m(self, name: str) -> float:
        """Greatest travel of its inner joint so far; 0 where it has none."""
        return self._farthest.get(name, 0.0)

    def _travel(self, name: str) -> float:
        return float(self._world.data.qpos[self._joints[name]])


def inner_joint(world: World, name: str) -> int | None:
    """Address in qpos of the slide joint inside a button or a drawer; None where there is none."""
    joint = mujoco.mj_name2id(world.model, mujoco.mjtObj.mjOBJ_JOINT, f"{name}_slide")
    return None if joint < 0 else int(world.model.jnt_qposadr[joint])
