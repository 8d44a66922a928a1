"""An ambiguous scene: two red mugs."""

from clap_sim.world.scene import Expectation, Item, SceneModel
from clap_sim.world.tableware import Mug, Plate
from clap_sim.world.toys import Block

SCENE = SceneModel(
    name="two_mugs",
    description="Two red mugs, a white plate and a yellow block: 'the red mug' is ambiguous.",
    instruction="put the yellow block on the plate",
    items=(Item(Plate("white")), Item(Mug("red")), Item(Mug("red")), Item(Block("yellow"))),
    expectations=(
        Expectation("put the yellow block on the plate", (("yellow block", "on", "plate"),)),
    ),
)
