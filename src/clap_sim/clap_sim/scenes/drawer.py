"""A small cabinet with a drawer, a block to put in, and a mug beside it."""

import numpy as np

from clap_sim.world.fixtures import Drawer
from clap_sim.world.scene import Expectation, Item, SceneModel, Zone
from clap_sim.world.tableware import Mug
from clap_sim.world.toys import Block

_FACING_ROBOT = Zone(
    x_m=(0.66, 0.70), y_m=(-0.08, 0.08), yaw_rad=(-0.15, 0.15), reach_m=(0.0, np.inf)
)

SCENE = SceneModel(
    name="drawer",
    description="A wooden cabinet with a blue drawer, a yellow block and a red mug.",
    instruction="open the drawer",
    items=(
        Item(Drawer("blue"), _FACING_ROBOT),
        Item(Mug("red"), Zone(x_m=(0.36, 0.52), y_m=(0.30, 0.40))),
        Item(Block("yellow"), Zone(x_m=(0.36, 0.52), y_m=(-0.40, -0.30))),
    ),
    gap_m=0.0,
    expectations=(Expectation("open the drawer", (("drawer", "opened", ""),)),),
)
