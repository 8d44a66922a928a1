"""A suite of tasks without objects, for tests of what surrounds tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.suite.moves import go, tool
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import SceneModel

TITLE = "simple tasks"
TRAIN = "train"
LEVELS = ("L1", "L2")
MOVES = "key_poses"


@dataclass(frozen=True)
class Lower(Task):
    """Bring the hand below a height; done where it begins if that is high enough.

    Attributes:
        height_m: of the TCP.
    """

    height_m: float

    @property
    def instructions(self) -> tuple[str, ...]:
        return ("lower the hand", "bring the hand down", "sink", "go down")

    def scene(self, rng: np.random.Generator) -> SceneModel:
        if self.height_m < 0.0:
            raise ValueError("below the table")
        return SceneModel("", "", "")

    def success(self, truth: Truth) -> bool:
        return bool(truth.base_T_tcp()[2, 3] < self.height_m)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        target = np.array([0.4, 0.0, 0.9 * self.height_m])

        def actions(truth: Truth) -> Iterator[KeyAction]:
            yield go(tool(target, (0.0, 0.0, -1.0), (0.0, -1.0, 0.0)), "lower the hand")

        subtask = SubTask(Action.MOVE, "lower the hand", object="hand")
        return (Stage(subtask, lambda truth: target, actions),)


_TASKS = {"lower+0": Lower(0.3), "done+0": Lower(2.0), "broken+0": Lower(-1.0)}


def variations(level: str) -> tuple[str, ...]:
    return {"L1": ("lower+0",), "train": ("lower+0",), "L2": ("done+0", "broken+0")}[level]


def level_of(variation: str) -> str:
    return "L1" if variation == "lower+0" else "L2"


def instruction(variation: str) -> str:
    return "lower the hand"


def task(variation: str) -> Task:
    return _TASKS[variation]
