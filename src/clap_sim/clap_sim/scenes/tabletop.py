"""The demo's scene: a laid table with distractors at random places."""

from clap_sim.world.scene import Item, Scene
from clap_sim.world.tableware import Bowl, Mug, Plate
from clap_sim.world.toys import Block, Can

SCENE = Scene(
    name="tabletop",
    description="Red mug, white plate, blue bowl, a green can and coloured blocks.",
    instruction="put the red mug next to the plate",
    items=(
        Item(Plate("white")),
        Item(Mug("red")),
        Item(Bowl("blue")),
        Item(Can("green")),
        Item(Block("yellow")),
        Item(Block("purple")),
    ),
)
