"""Push the open lid of a grill over by its handle until it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.care import note_strikes, was_struck
from clap_bench.gembench.objects.grill import Grill
from clap_bench.suite.moves import Transform, go, raised, shutting, slide, tool
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

_NAME = "grill"
_ZONE = Zone(x_m=(0.47, 0.53), y_m=(-0.08, 0.08), yaw_rad=(-0.35, 0.35), reach_m=(0.0, 1.0))
_LIDS = ("red", "black", "navy", "green", "orange")
_OPEN_RAD = (float(np.radians(86.0)), float(np.radians(102.0)))

_CLOSED_RAD = float(np.radians(10.0))
"""The lid counts as closed below this."""

_ABOVE_M = 0.06
_BEHIND_M = 0.024
_TOUCH_M = 0.016
"""From the bar's middle back to the fingers: before they touch it, and when they do."""

_TIP_M = 0.0089
"""How far the fingertips stand out beyond the TCP."""

_DEEP_M = 0.006
_OVER_RAD = float(np.radians(58.0))
"""Here the lid has passed its balance and falls by itself."""

_LEFT_M = 0.016
"""Height of the fingertips over the middle of the closed lid's bar at the end."""


@dataclass(frozen=True)
class CloseGrill(Task):
    """The lid has to be closed; its colour and how far it stands open differ."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "close the grill",
            "shut the lid of the grill",
            "close the barbecue",
            "push the lid of the grill over by its handle until it is closed",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        grill = Grill(str(rng.choice(_LIDS)), open_rad=float(rng.uniform(*_OPEN_RAD)))
        return SceneModel("", "", "", (Item(grill, _ZONE, _NAME),))

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        # The lid stands open at its stop.
        joint = f"{_NAME}_lid"
        world.data.joint(joint).qpos[0] = world.model.joint(joint).range[1]

    def watch(self, truth: Truth) -> None:
        note_strikes(truth, f"{_NAME}_lid")

    def success(self, truth: Truth) -> bool:
        return truth.joint(f"{_NAME}_lid") < _CLOSED_RAD and not was_struck(truth)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        reach = SubTask(
            Action.APPROACH, "reach behind the handle of the lid", object="grill lid", part="handle"
        )
        close = SubTask(Action.CLOSE, "close the lid of the grill", object="grill lid")
        return (Stage(reach, _handle, _reach), Stage(close, _handle, _close))


def _handle(truth: Truth) -> Point:
    return truth.site(f"{_NAME}_handle")[:3, 3]


def _reach(truth: Truth) -> Iterator[KeyAction]:
    behind = _beside_bar(truth, truth.joint(f"{_NAME}_lid"), _BEHIND_M, -_DEEP_M)
    yield shutting(go(raised(behind, _ABOVE_M), "above the far side of the handle"))
    yield slide(behind, "behind the handle", speed=0.5)


def _close(truth: Truth) -> Iterator[KeyAction]:
    over = _beside_bar(truth, _OVER_RAD, _TOUCH_M, -_DEEP_M)
    yield slide(over, "pull the lid over", speed=0.4)
    yield slide(_beside_bar(truth, 0.0, 0.0, _LEFT_M), "guide the lid down", speed=0.4)


def _beside_bar(truth: Truth, lid_rad: float, back_m: float, above_m: float) -> Transform:
    """Pose of the TCP with the fingers pointing down and their tips beside the handle's bar.

    Args:
        truth: the state.
        lid_rad: angle of the lid for which the bar's place is asked.
        back_m, above_m: of the fingertips from the bar's middle, along the grill's x and up.
    """
    grill = truth.model(_NAME, Grill)
    pose = truth.pose(_NAME)
    x, _, z = grill.bar_m
    c, s = np.cos(lid_rad), np.sin(lid_rad)
    bar = np.array([x * c + z * s, 0.0, z * c - x * s])
    tip = grill.hinge_m + bar + np.array([back_m, 0.0, above_m])
    tcp = raised(pose, _TIP_M)[:3, 3] + pose[:3, :3] @ tip
    return tool(tcp, (0.0, 0.0, -1.0), -pose[:3, 1])


VARIATIONS = {0: CloseGrill()}
