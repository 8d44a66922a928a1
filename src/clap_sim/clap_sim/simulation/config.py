"""Parameters of the simulation node."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_franka.front.joint_states import JointStateRates
from clap_sim.franka.config import FrankaConfig


class SimulationConfig(BaseModel, frozen=True, extra="forbid"):
    """What is simulated, and how fast."""

    scene: str = Field("tabletop", description="Name of the scene: tabletop, two_mugs, drawer...")
    seed: int = Field(0, description="Seed of the objects' places.", ge=0)
    real_time_factor: float = Field(
        1.0,
        description="Simulated seconds in a real one; 0 is as fast as possible. May be changed "
        "while running.",
        ge=0.0,
        le=100.0,
    )
    # Each look, and each message of the clock to each node, costs a Python process a fraction of
    # a millisecond: at twice these rates they take a third more of a laptop's two cores.
    batch: float = Field(
        0.02,
        description="Simulated time in s between two looks at requests; the largest delay of a "
        "command.",
        ge=0.001,
        le=0.05,
    )
    clock_rate: float = Field(
        50.0, description="Rate of /clock in Hz of simulated time.", gt=0.0, le=1000.0
    )
    camera_rate: float = Field(
        10.0, description="Rate of each camera in Hz of simulated time.", gt=0.0, le=60.0
    )
    robot_state_rate: float = Field(
        50.0,
        description="Rate of franka_robot_state_broadcaster's topics in Hz of simulated time; "
        "1000 on the robot.",
        gt=0.0,
        le=1000.0,
    )
    rates: JointStateRates = Field(JointStateRates(), description="Joint states and frames.")
    franka: FrankaConfig = Field(FrankaConfig(), description="The robot.")
