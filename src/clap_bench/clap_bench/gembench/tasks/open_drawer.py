"""Open the named drawer of a chest; the others stay closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.objects.drawers import CHEST, CLOSED_M, OPENED_M, Drawers
from clap_bench.suite.moves import (
    Transform,
    backed,
    go,
    grasping,
    moved,
    opening,
    shutting,
    slide,
    tool,
)
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

NAME = "chest"
"""Of the chest's body."""

ZONE = Zone(x_m=(0.775, 0.825), y_m=(-0.10, 0.10), yaw_rad=(-0.35, 0.35), reach_m=(0.0, 1.0))
"""Where the chest may stand, facing the robot."""

_BEFORE_M = 0.08
_PULL_M = 0.132
_HOOK_UP_M = 0.020
_HOOK_ALONG_M = 0.006
"""Where the hooking fingers' TCP is, seen from the bar: so far along the tool's x and z."""


@dataclass(frozen=True)
class OpenDrawer(Task):
    """Attributes:
    chest: with the drawers.
    level: number of the drawer to open, 0 at the bottom.
    """

    chest: Drawers
    level: int

    @property
    def word(self) -> str:
        """What people call the drawer: bottom, middle, ..."""
        return self.chest.words[self.level]

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"open {self.word} drawer",
            f"open the {self.word} drawer",
            f"pull the {self.word} drawer of the cabinet open",
            f"grip the handle of the {self.word} drawer and slide it open",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return SceneModel("", "", "", (Item(self.chest, ZONE, NAME),))

    def success(self, truth: Truth) -> bool:
        out = [truth.joint(joint_name(level)) for level in range(self.chest.levels)]
        others = [value for level, value in enumerate(out) if level != self.level]
        return out[self.level] >= OPENED_M and max(others) < CLOSED_M

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return open_stages(self.chest, self.level)

    def wrong(self, truth: Truth) -> Task:
        return replace(self, level=(self.level + 1) % self.chest.levels)


def joint_name(level: int) -> str:
    """Joint, and body, of a drawer."""
    return f"{NAME}_drawer{level}"


def handle_point(level: int) -> str:
    """Site of a drawer's handle."""
    return f"{joint_name(level)}_handle"


def facing(truth: Truth, level: int, tilt_rad: float) -> Transform:
    """Pose of the TCP at a handle, fingers to both sides of it, coming from so far above."""
    site = truth.site(handle_point(level))
    into, up = site[:3, 2], site[:3, 0]
    forward = np.cos(tilt_rad) * into - np.sin(tilt_rad) * up
    return tool(site[:3, 3], forward, site[:3, 1])


def open_stages(chest: Drawers, level: int) -> tuple[Stage, ...]:
    """Take a drawer's handle and pull the drawer open."""
    drawer = f"{chest.words[level]} drawer"
    handle = chest.handle

    def grip(truth: Truth) -> Transform:
        pose = facing(truth, level, handle.tilt_rad)
        if handle.hooked:
            pose = moved(pose, _HOOK_UP_M * pose[:3, 0] + _HOOK_ALONG_M * pose[:3, 2])
        return pose

    def grasp(truth: Truth) -> Iterator[KeyAction]:
        pose = grip(truth)
        before = go(backed(pose, _BEFORE_M), f"before the handle of the {drawer}")
        if handle.hooked:
            yield shutting(before)
            yield slide(pose, f"hook behind the handle of the {drawer}", speed=0.5)
        else:
            yield opening(before)
            yield grasping(slide(pose, f"grasp the handle of the {drawer}", speed=0.5))

    def pull(truth: Truth) -> Iterator[KeyAction]:
        out = -_PULL_M * truth.site(handle_point(level))[:3, 2]
        yield slide(moved(truth.base_T_tcp(), out), f"pull the {drawer} open", speed=0.5)

    def where(truth: Truth) -> Point:
        return truth.site(handle_point(level))[:3, 3]

    held = SubTask(Action.GRASP, f"grasp the handle of the {drawer}", object=drawer, part="handle")
    pulled = SubTask(Action.OPEN, f"open the {drawer}", object=drawer, part="handle")
    return (Stage(held, where, grasp), Stage(pulled, None, pull))


VARIATIONS = {level: OpenDrawer(CHEST, level) for level in range(CHEST.levels)}
