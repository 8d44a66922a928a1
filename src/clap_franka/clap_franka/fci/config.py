"""Parameters of the node fci_driver."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from clap_franka.config import FollowerConfig, HandCommandConfig, ThresholdConfig
from clap_franka.fci.libraries import Library
from clap_franka.front.joint_states import JointStateRates

PANDAS = ("panda", "fer")
"""Names of the older arm, whose libfranka is 0.9."""


class FciConfig(BaseModel, frozen=True, extra="forbid"):
    """A Franka that is driven by its FCI, without a ROS install."""

    robot_ip: str = Field("172.16.0.2", description="Address of the robot's control box.")
    arm_id: str = Field(
        "fr3", description="Prefix of the robot's joints and frames; its limits are that arm's."
    )
    library: Library = Field(
        "pylibfranka",
        description="What speaks to the robot: pylibfranka to an FR3, panda-python to the older "
        "Panda (never run with a robot; see docs/fci.md).",
    )
    hand: bool = Field(True, description="Whether there is a Franka hand.")
    gripper_name: str = Field(
        "franka_gripper", description="Node name of the gripper in topic and action names."
    )
    realtime: Literal["ignore", "enforce"] = Field(
        "ignore",
        description="What to do on a kernel without realtime: go on with a warning, or refuse.",
    )
    joint_stiffness: tuple[float, ...] = Field(
        (600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0),
        description="Stiffness of joints 1 to 7 in Nm/rad at the start.",
    )
    limit_share: float = Field(
        0.95,
        description="Share of the robot's limits of velocity, acceleration and jerk that may be "
        "commanded.",
        gt=0.0,
        le=1.0,
    )
    update_rate: float = Field(
        200.0, description="How often the node looks at arm and hand, in Hz.", gt=0.0, le=1000.0
    )
    robot_state_rate: float = Field(
        100.0,
        description="Rate of franka_robot_state_broadcaster's topics in Hz.",
        gt=0.0,
        le=1000.0,
    )
    answer_timeout: float = Field(
        5.0,
        description="Time in s without a state of the robot after which it counts as lost.",
        gt=0.0,
    )
    rates: JointStateRates = Field(JointStateRates(), description="Joint states and frames.")
    follower: FollowerConfig = Field(FollowerConfig(), description="Trajectories.")
    gripper: HandCommandConfig = Field(HandCommandConfig(), description="The hand.")
    collision: ThresholdConfig = Field(ThresholdConfig(), description="Collision thresholds.")

    @model_validator(mode="after")
    def _fits(self) -> FciConfig:
        # Its limits are checked before a goal is sent, and those of the FR3 are others.
        if self.library == "panda-python" and self.arm_id not in PANDAS:
            raise ValueError(
                f"library panda-python drives the older Panda: arm_id must be {' or '.join(PANDAS)}"
            )
        return self
