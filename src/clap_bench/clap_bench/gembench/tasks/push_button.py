"""Push the button of the named colour; two buttons of other colours stand by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.suite.moves import go, raised, shutting, slide
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, SubTask
from clap_sim.world.fixtures import Button
from clap_sim.world.scene import Item, SceneModel, Zone

_ABOVE_M = 0.10
_ZONE = Zone(x_m=(0.38, 0.62), y_m=(-0.30, 0.30))


@dataclass(frozen=True)
class PushButton(Task):
    """Attributes:
    colour: of the button to push.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"push the {self.colour} button",
            f"press the {self.colour} button",
            f"push down the button with the {self.colour} cap",
            f"press the button that is {self.colour}",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = (self.colour, *others(rng, 2, self.colour))
        items = tuple(Item(Button(colour), _ZONE, f"{colour}_button") for colour in colours)
        return SceneModel("", "", "", items)

    def watch(self, truth: Truth) -> None:
        note_pressed(truth)

    def success(self, truth: Truth) -> bool:
        return truth.events == [f"{self.colour}_button"]

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (press_stage(self.colour),)

    def wrong(self, truth: Truth) -> Task:
        mistaken = next(name for name in truth.world.objects if name != f"{self.colour}_button")
        return replace(self, colour=mistaken.removesuffix("_button"))


def note_pressed(truth: Truth) -> None:
    """Note the names of the buttons that are down."""
    for name in truth.world.objects:
        if truth.joint(f"{name}_slide") > truth.model(name, Button).pressed_m:
            truth.note(name)


def press_stage(colour: str) -> Stage:
    """Press the button of a colour with closed fingers."""
    name = f"{colour}_button"

    def cap(truth: Truth) -> Point:
        button = truth.model(name, Button)
        return truth.position(name) + np.array([0.0, 0.0, button.height_m])

    def actions(truth: Truth) -> Iterator[KeyAction]:
        button = truth.model(name, Button)
        x, y, z = cap(truth)
        touch = tool_down((x, y, z))
        yield shutting(go(raised(touch, _ABOVE_M), f"above the {colour} button"))
        yield slide(raised(touch, -button.travel_m), f"push the {colour} button", speed=0.3)

    subtask = SubTask(Action.PRESS, f"push the {colour} button", object=f"{colour} button")
    return Stage(subtask, cap, actions)


VARIATIONS = {
    0: PushButton("maroon"),
    3: PushButton("navy"),
    4: PushButton("yellow"),
    13: PushButton("azure"),
    15: PushButton("rose"),
    17: PushButton("white"),
}
