"""Close a wooden box that stands open: pull its lid over from behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.care import note_strikes, was_struck
from clap_bench.gembench.objects.box import WoodenBox
from clap_bench.gembench.skills import comfortable_yaw
from clap_bench.gembench.tasks.open_box import BOX, WOODS, box_scene, handle, lid_angle
from clap_bench.suite.moves import Transform, go, moved, raised, shutting, slide
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import invert, tool_down
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world import World
from clap_sim.world.scene import SceneModel, Zone

_CLOSED_RAD = np.radians(10.0)
_ABOVE_M = 0.08
_BEHIND_M = 0.035
"""From the handle to the fingers behind it: half the handle, half the fingers, and some air."""

_OVER_M = 0.15
"""How far the handle is pulled; at its end the lid falls by itself."""

_TOUCH_M = 0.015
"""TCP over the middle of the handle when the fingertips touch it."""


@dataclass(frozen=True)
class CloseBox(Task):
    """The box of `open_box`, its lid leaning back on the stop."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close box",
            "close the box",
            "shut the lid of the box",
            "put the lid of the box down",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        zone = Zone(x_m=(0.40, 0.47), y_m=(-0.15, 0.15), yaw_rad=(-0.35, 0.35))
        return box_scene(WoodenBox(str(rng.choice(WOODS))), zone)

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        hinge = f"{BOX}_hinge"
        world.data.joint(hinge).qpos[0] = world.model.joint(hinge).range[1]

    def watch(self, truth: Truth) -> None:
        note_strikes(truth, f"{BOX}_lid")

    def success(self, truth: Truth) -> bool:
        return lid_angle(truth) < _CLOSED_RAD and not was_struck(truth)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (_get_behind(), _pull_over(), _press())


def _facing(truth: Truth) -> Transform:
    """A pose at the handle with the hand in line with the box."""
    axis = truth.pose(BOX)[:2, 0]
    place = handle(truth)
    return tool_down(place, comfortable_yaw(float(np.arctan2(axis[1], axis[0])), place))


def _get_behind() -> Stage:
    def actions(truth: Truth) -> Iterator[KeyAction]:
        behind = moved(_facing(truth), _BEHIND_M * truth.pose(BOX)[:3, 0])
        yield shutting(go(raised(behind, _ABOVE_M), "above and behind the open lid"))
        yield slide(behind, "behind the lid's edge")

    subtask = SubTask(Action.APPROACH, "reach behind the open lid", object="box", part="lid")
    return Stage(subtask, handle, actions)


def _pull_over() -> Stage:
    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = moved(truth.base_T_tcp(), -_OVER_M * truth.pose(BOX)[:3, 0])
        yield slide(pose, "pull the lid over", speed=0.6)

    subtask = SubTask(Action.CLOSE, "close the lid of the box", object="box", part="lid")
    return Stage(subtask, handle, actions)


def _press() -> Stage:
    """Follow the falling lid down, onto its handle."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = _facing(truth)
        lid = truth.pose(f"{BOX}_lid")
        arm = (invert(lid) @ pose)[:3, 3]
        pose[:3, 3] = lid[:3, 3] + truth.pose(BOX)[:3, :3] @ arm
        yield slide(raised(pose, _TOUCH_M), "press the lid down", speed=0.5)

    subtask = SubTask(Action.PRESS, "press the lid down", object="box", part="lid")
    return Stage(subtask, handle, actions)


VARIATIONS = {0: CloseBox()}
