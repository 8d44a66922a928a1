"""Coloured blocks to stack."""

from clap_sim.world.scene import Item, SceneModel, Wish
from clap_sim.world.toys import Block

SCENE = SceneModel(
    name="blocks",
    description="Red, green, blue and yellow blocks.",
    instruction="stack the red block on the green block",
    items=tuple(Item(Block(colour)) for colour in ("red", "green", "blue", "yellow")),
    wishes=(
        Wish("stack the red block on the green block", (("red block", "on", "green block"),)),
        Wish(
            "put the blue block next to the yellow block",
            (("blue block", "next_to", "yellow block"),),
        ),
    ),
)
