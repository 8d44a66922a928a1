"""The demo's scene: a laid table with distractors at random places."""

from clap_sim.world.scene import Item, SceneModel, Wish
from clap_sim.world.tableware import Bowl, Mug, Plate
from clap_sim.world.toys import Block, Can

SCENE = SceneModel(
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
    wishes=(
        Wish("put the red mug next to the plate", (("red mug", "next_to", "plate"),)),
        Wish("put the red mug on the plate", (("red mug", "on", "plate"),)),
        Wish("put the red mug to the left of the plate", (("red mug", "left_of", "plate"),)),
        Wish("put the yellow block in the bowl", (("yellow block", "in", "bowl"),)),
        Wish("put the green can next to the bowl", (("green can", "next_to", "bowl"),)),
        Wish("pick up the red mug", (("red mug", "up", ""),)),
        Wish(
            "put the yellow block in the bowl and the purple one on the plate",
            (
                ("yellow block", "in", "bowl"),
                ("purple block", "on", "plate"),
            ),
        ),
    ),
)
