"""Push the bottom drawer of a chest shut; the top drawer stands open and stays so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.objects.drawers import CHEST, CLOSED_M, Drawers
from clap_bench.gembench.tasks.open_drawer import NAME, ZONE, facing, handle_point, joint_name
from clap_bench.suite.moves import backed, go, moved, shutting, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel

_BOTTOM, _TOP = 0, 2
_OUT_M = {_BOTTOM: (0.07, 0.13), _TOP: (0.04, 0.08)}
"""How far the two drawers stand open."""

_STILL_OPEN_M = 0.03
"""The drawer that was not named has to stand open so far."""

_TILT_RAD = float(np.radians(30.0))
_BEFORE_M = 0.07
_TIP_M = 0.018
"""From the bar's middle to the TCP of closed fingers that touch it."""

_SHORT_M = 0.003
"""The push ends so far before the stop, so that the arm does not press on it."""


@dataclass(frozen=True)
class CloseDrawer(Task):
    """Attributes:
    chest: with the drawers.
    level: number of the drawer to close, 0 at the bottom.
    """

    chest: Drawers
    level: int

    @property
    def instructions(self) -> tuple[str, ...]:
        word = self.chest.words[self.level]
        return (
            f"close {word} drawer",
            f"close the {word} drawer",
            f"push the {word} drawer shut",
            f"slide the open {word} drawer back into the cabinet",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return SceneModel("", "", "", (Item(self.chest, ZONE, NAME),))

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        for level, limits in _OUT_M.items():
            world.data.joint(joint_name(level)).qpos[0] = rng.uniform(*limits)

    def success(self, truth: Truth) -> bool:
        others = [truth.joint(joint_name(level)) for level in _OUT_M if level != self.level]
        return truth.joint(joint_name(self.level)) < CLOSED_M and min(others) > _STILL_OPEN_M

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (close_stage(self.chest, self.level),)

    def wrong(self, truth: Truth) -> Task:
        return replace(self, level=_TOP if self.level == _BOTTOM else _BOTTOM)


def close_stage(chest: Drawers, level: int) -> Stage:
    """Push a drawer shut with closed fingers against its handle."""
    drawer = f"{chest.words[level]} drawer"

    def where(truth: Truth) -> Point:
        return truth.site(handle_point(level))[:3, 3]

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = facing(truth, level, _TILT_RAD)
        into = truth.site(handle_point(level))[:3, 2]
        touch = moved(pose, -_TIP_M * into)
        way = truth.joint(joint_name(level)) - _SHORT_M
        yield shutting(go(backed(touch, _BEFORE_M), f"before the {drawer}"))
        yield slide(touch, f"touch the handle of the {drawer}", speed=0.5)
        yield slide(moved(touch, way * into), f"push the {drawer} shut", speed=0.4)

    subtask = SubTask(Action.CLOSE, f"close the {drawer}", object=drawer, part="handle")
    return Stage(subtask, where, actions)


VARIATIONS = {0: CloseDrawer(CHEST, _BOTTOM)}
