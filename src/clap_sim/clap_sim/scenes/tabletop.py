"""The demo's scene: a laid table with distractors at random places."""

from clap_sim.world.scene import Expectation, Item, SceneModel
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
    expectations=(
        Expectation("put the red mug next to the plate", (("red mug", "next_to", "plate"),)),
        Expectation("put the red mug on the plate", (("red mug", "on", "plate"),)),
        Expectation("put the red mug to the left of the plate", (("red mug", "left_of", "plate"),)),
        Expectation("put the yellow block in the bowl", (("yellow block", "in", "bowl"),)),
        Expectation("put the green can next to the bowl", (("green can", "next_to", "bowl"),)),
        Expectation("pick up the red mug", (("red mug", "up", ""),)),
        Expectation(
            "put the yellow block in the bowl and the purple one on the plate",
            (
                ("yellow block", "in", "bowl"),
                ("purple block", "on", "plate"),
            ),
        ),
    ),
)
