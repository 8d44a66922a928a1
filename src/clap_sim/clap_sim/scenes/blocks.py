"""Coloured blocks to stack."""

from clap_sim.world.scene import Expectation, Item, SceneModel
from clap_sim.world.toys import Block

SCENE = SceneModel(
    name="blocks",
    description="Red, green, blue and yellow blocks.",
    instruction="stack the red block on the green block",
    items=tuple(Item(Block(colour)) for colour in ("red", "green", "blue", "yellow")),
    expectations=(
        Expectation(
            "stack the red block on the green block", (("red block", "on", "green block"),)
        ),
        Expectation(
            "put the blue block next to the yellow block",
            (("blue block", "next_to", "yellow block"),),
        ),
    ),
)
