"""Push buttons one after another, in the order that is said; four buttons stand there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.tasks.push_button import note_pressed, press_stage
from clap_bench.suite.task import Stage, Task
from clap_bench.suite.truth import Truth
from clap_sim.world.fixtures import Button
from clap_sim.world.scene import Item, SceneModel, Zone

_BUTTONS = 4
_ZONE = Zone(x_m=(0.38, 0.64), y_m=(-0.32, 0.32))


@dataclass(frozen=True)
class PushButtons(Task):
    """Attributes:
    colours: of the buttons to push, in this order.
    """

    colours: tuple[str, ...]

    @property
    def instructions(self) -> tuple[str, ...]:
        buttons = [f"the {colour} button" for colour in self.colours]
        pressed = ["press " + button for button in buttons]
        return (
            ", then ".join("push " + button for button in buttons),
            ", and then ".join(pressed),
            "first " + ", then ".join(pressed),
            f"push {', '.join(buttons[:-1])} and {buttons[-1]}, in this order",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = (*self.colours, *others(rng, _BUTTONS - len(self.colours), *self.colours))
        items = tuple(Item(Button(colour), _ZONE, f"{colour}_button") for colour in colours)
        return SceneModel("", "", "", items)

    def watch(self, truth: Truth) -> None:
        note_pressed(truth)

    def success(self, truth: Truth) -> bool:
        return truth.events == [f"{colour}_button" for colour in self.colours]

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return tuple(press_stage(colour) for colour in self.colours)

    def wrong(self, truth: Truth) -> Task:
        return replace(self, colours=self.colours[::-1])


VARIATIONS = {
    1: PushButtons(("navy", "teal")),
    2: PushButtons(("green", "yellow", "rose")),
    3: PushButtons(("maroon", "blue", "orange", "magenta")),
}
