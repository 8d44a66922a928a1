"""Open a wooden box: take the tab of its lid and swing it up until it leans back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.box import Box, WoodenBox
from clap_bench.gembench.skills import ABOVE_M, comfortable_yaw
from clap_bench.suite.moves import Transform, go, grasping, opening, raised, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

BOX = "box"
WOODS = ("wood", "orange", "maroon")
OPENED_RAD = np.radians(92.0)
"""The lid counts as open from here on: past the vertical it goes on by itself."""

_SWUNG_RAD = np.radians(106.0)
_STEPS = 4
"""Straight lines in which the handle follows its arc."""

_GRIP_N = 12.0
"""The lid turns between the pads, so they hold it lightly."""


@dataclass(frozen=True)
class OpenBox(Task):
    """The hinge of the wooden box is away from the robot."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open box",
            "open the box",
            "lift the lid of the box",
            "swing the box's lid open",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        zone = Zone(x_m=(0.44, 0.52), y_m=(-0.15, 0.15), yaw_rad=(-0.4, 0.4))
        return box_scene(WoodenBox(str(rng.choice(WOODS))), zone)

    def success(self, truth: Truth) -> bool:
        return lid_angle(truth) > OPENED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (take_lid(), swing_lid(), leave_lid())


def box_scene(box: Box, zone: Zone) -> SceneModel:
    """A box alone on the table."""
    return SceneModel("", "", "", (Item(box, zone, BOX),))


def lid_angle(truth: Truth) -> float:
    """How far the lid is up, rad."""
    return truth.joint(f"{BOX}_hinge")


def handle(truth: Truth) -> Point:
    """Where to take the lid's handle."""
    return truth.site(f"{BOX}_handle")[:3, 3]


def take_lid() -> Stage:
    """Take the handle from above, a finger on either side of it along the hinge."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        along_x = truth.pose(BOX)[:2, 0]
        place = handle(truth)
        yaw = comfortable_yaw(float(np.arctan2(along_x[1], along_x[0])), place)
        pose = tool_down(place, yaw)
        yield opening(go(raised(pose, ABOVE_M), "above the lid's handle"))
        yield grasping(slide(pose, "grasp the lid's handle"), _GRIP_N)

    subtask = SubTask(
        Action.GRASP, "grasp the handle of the box's lid", object="box", part="handle"
    )
    return Stage(subtask, handle, actions)


def swing_lid() -> Stage:
    """Swing the lid, held by its handle, past the vertical."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        start = truth.base_T_tcp()
        hinge, lid_axes = truth.position(f"{BOX}_lid"), truth.pose(f"{BOX}_lid")[:3, :3]
        arm = lid_axes.T @ (start[:3, 3] - hinge)
        closed = lid_angle(truth)
        for angle in np.linspace(closed, _SWUNG_RAD, _STEPS + 1)[1:]:
            pose = start.copy()
            pose[:3, 3] = hinge + lid_axes @ _about_y(angle - closed) @ arm
            yield slide(pose, "swing the lid open", speed=0.6)

    subtask = SubTask(Action.OPEN, "open the lid of the box", object="box", part="lid")
    return Stage(subtask, None, actions)


def leave_lid() -> Stage:
    """Let go of the lid, which leans back from there on, and rise."""

    def actions(truth: Truth) -> Iterator[KeyAction]:
        pose = truth.base_T_tcp()
        yield opening(slide(pose, "let go of the lid"))
        yield slide(raised(pose, ABOVE_M), "rise")

    subtask = SubTask(Action.RELEASE, "let go of the lid", object="box", part="handle")
    return Stage(subtask, None, actions)


def _about_y(angle_rad: float) -> Transform:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


VARIATIONS = {0: OpenBox()}
