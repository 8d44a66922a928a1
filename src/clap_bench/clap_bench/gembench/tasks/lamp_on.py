"""Turn on a table lamp by the switch on its cord."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clap_bench.gembench.objects.lamp import Lamp, LampSwitch
from clap_bench.gembench.skills import ABOVE_M, comfortable_yaw
from clap_bench.suite.moves import go, raised, shutting, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

_LAMP = "lamp"
_ZONE = Zone(x_m=(0.48, 0.60), y_m=(-0.22, 0.22), yaw_rad=(-0.6, 0.6))
_COLOURS = ("black", "silver", "teal", "orange", "olive", "purple", "wood")


@dataclass(frozen=True)
class LampOn(Task):
    """Press the switch; the lamp starts dark."""

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            "turn on the light",
            "switch on the lamp",
            "press the switch to turn the lamp on",
            "make the table lamp shine",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        lamp = Item(Lamp(str(rng.choice(_COLOURS))), _ZONE, _LAMP)
        return SceneModel("", "", "", (lamp,), mechanisms=(LampSwitch(_LAMP),))

    def success(self, truth: Truth) -> bool:
        return bool(truth.world.model.light(f"{_LAMP}_light").active[0])

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        subtask = SubTask(Action.PRESS, "press the lamp's switch", object="lamp", part="switch")
        return (Stage(subtask, _cap, _press),)


def _cap(truth: Truth) -> Point:
    """Where the top of the switch's cap is."""
    lamp = truth.model(_LAMP, Lamp)
    return truth.position(f"{_LAMP}_switch") + np.array([0.0, 0.0, lamp.switch.height_m])


def _press(truth: Truth) -> Iterator[KeyAction]:
    lamp = truth.model(_LAMP, Lamp)
    cap = _cap(truth)
    touch = tool_down(cap, comfortable_yaw(0.0, cap))
    yield shutting(go(raised(touch, ABOVE_M), "above the switch"))
    yield slide(raised(touch, -lamp.switch.travel_m), "press the switch", speed=0.3)


VARIATIONS = {0: LampOn()}
