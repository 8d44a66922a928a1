"""Three push buttons in a row, their order fixed, their places a little random."""

from clap_sim.world.fixtures import Button
from clap_sim.world.scene import Expectation, Item, SceneModel, Zone


def _zone(y_m: float) -> Zone:
    return Zone(x_m=(0.42, 0.58), y_m=(y_m - 0.04, y_m + 0.04), yaw_rad=(-0.4, 0.4))


SCENE = SceneModel(
    name="buttons",
    description="A red, a green and a blue push button.",
    instruction="press the red button",
    items=(
        Item(Button("red"), _zone(0.20)),
        Item(Button("green"), _zone(0.0)),
        Item(Button("blue"), _zone(-0.20)),
    ),
    gap_m=0.01,
    expectations=(
        Expectation("press the red button", (("red button", "pressed", ""),)),
        Expectation(
            "press the green button, then the blue button",
            (
                ("green button", "pressed", ""),
                ("blue button", "pressed", ""),
            ),
        ),
    ),
)
