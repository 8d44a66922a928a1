"""Only the robot and the table."""

from clap_sim.world.scene import SceneModel

SCENE = SceneModel(
    name="empty",
    description="Only the robot and the table.",
    instruction="put the red mug next to the plate",
)
