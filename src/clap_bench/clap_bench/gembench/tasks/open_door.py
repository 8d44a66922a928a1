"""Turn the handle of the door to draw back its bolt, and push the door open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.catch import Latch
from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.swings import BEFORE_M, aimed, carried, swung, turns_to
from clap_bench.suite.moves import Transform, backed, go, grasping, opening, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

NAME = "house"
DOOR = f"{NAME}_door"
HANDLE = f"{NAME}_handle"
RELEASE_RAD = np.radians(30.0)
"""The handle frees the bolt from this angle on."""

_OPENED_RAD = np.radians(25.0)
_PUSHED_RAD = (np.radians(15.0), np.radians(30.0))
_TURNED_RAD = np.radians(42.0)
_LEAD_RAD = 0.8
_DOWN_RAD = 0.52
_ZONE = Zone(x_m=(0.66, 0.72), y_m=(-0.18, -0.02), yaw_rad=(-0.1, 0.4), reach_m=(0.0, 1.0))
"""For a hinge on the left: the hand comes from the right and must not come too slantwise."""


def door_scene(door: Door, zone: Zone) -> SceneModel:
    """One door with its latch."""
    latch = Latch(DOOR, HANDLE, RELEASE_RAD)
    return SceneModel("", "", "", (Item(door, zone, NAME),), mechanisms=(latch,))


@dataclass(frozen=True)
class OpenDoor(Task):
    """Attributes:
    door: its dimensions.
    zone: where it may stand.
    """

    door: Door
    zone: Zone = _ZONE

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "open the door",
            "turn the handle and push the door open",
            "unlatch the door and open it",
            "push the closed door open with its handle",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        return door_scene(self.door, self.zone)

    def success(self, truth: Truth) -> bool:
        return truth.joint(DOOR) > _OPENED_RAD

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (
            Stage(_handling(Action.GRASP, "grasp the door's handle"), _grip, _grasp),
            Stage(_handling(Action.TURN, "turn the door's handle"), None, _turn),
            Stage(_handling(Action.OPEN, "push the door open"), None, _push),
        )


def _handling(action: Action, text: str) -> SubTask:
    return SubTask(action, text, object="door", part="handle")


def _grip(truth: Truth) -> Point:
    return truth.site(f"{HANDLE}_grasp")[:3, 3]


def _hold(truth: Truth) -> Transform:
    """The hand about the handle at rest, turned to where the door will be: there the arm is far
    from its limits on the whole way."""
    point = _grip(truth)
    side = turns_to(truth, DOOR)
    yaw = float(np.arctan2(point[1], point[0])) + _LEAD_RAD * side
    return aimed(point, yaw, _DOWN_RAD, -0.5 * np.pi * side)


def _grasp(truth: Truth) -> Iterator[KeyAction]:
    pose = _hold(truth)
    yield opening(go(backed(pose, BEFORE_M), "in front of the door's handle"))
    yield grasping(slide(pose, "grasp the door's handle"))


def _turn(truth: Truth) -> Iterator[KeyAction]:
    pose = swung(truth, HANDLE, truth.base_T_tcp(), _TURNED_RAD)
    yield slide(pose, "turn the door's handle", speed=0.5)


def _push(truth: Truth) -> Iterator[KeyAction]:
    pose = truth.base_T_tcp()
    for angle in _PUSHED_RAD:
        target = pose.copy()
        target[:3, 3] = carried(truth, DOOR, truth.base_T_tcp()[:3, 3], angle)
        yield slide(target, "push the door open", speed=0.5)


VARIATIONS = {0: OpenDoor(Door())}
