"""Settings of the simulated Franka."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_franka.config import FollowerConfig, HandCommandConfig, ThresholdConfig


class ArmConfig(FollowerConfig, frozen=True, extra="forbid"):
    """The joint impedance controller and the limits that the robot enforces on motions.

    The stiffness is that of ``fr3_arm_controller`` in franka_fr3_moveit_config.
    """

    joint_stiffness: tuple[float, ...] = Field(
        (600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0),
        description="Stiffness of joints 1 to 7 in Nm/rad.",
    )
    damping_ratio: float = Field(
        1.0, description="Damping of each joint as a fraction of critical.", ge=0.1, le=3.0
    )


class FrankaHandConfig(HandCommandConfig, frozen=True, extra="forbid"):
    """The Franka hand. The defaults are those of franka_gripper and the hand's data sheet."""

    max_width: float = Field(0.08, description="Full opening in m.", gt=0.0)
    max_speed: float = Field(0.1, description="Largest speed of the width in m/s.", gt=0.0)
    max_force: float = Field(70.0, description="Largest continuous grasp force in N.", gt=0.0)
    min_force: float = Field(
        3.0, description="Smallest force in N with which the hand grasps.", gt=0.0
    )
    travel_force: float = Field(
        20.0, description="Force in N that the fingers may use to move.", gt=0.0
    )
    stiffness: float = Field(
        8000.0, description="Stiffness of the finger drive in N/m of finger travel.", gt=0.0
    )
    damping: float = Field(
        80.0, description="Damping of the finger drive in Ns/m of finger travel.", gt=0.0
    )
    width_tolerance: float = Field(
        0.001, description="A move has arrived within this distance in m of its width.", gt=0.0
    )
    stalled_speed: float = Field(
        0.002, description="Below this speed in m/s of width the fingers stand still.", gt=0.0
    )
    stalled_time: float = Field(
        0.1, description="Time in s that the fingers must stand still to be blocked.", gt=0.0
    )
    command_timeout: float = Field(
        5.0,
        description="A gripper command fails that takes this much longer, in s, than its travel.",
        gt=0.0,
    )


class CollisionConfig(ThresholdConfig, frozen=True, extra="forbid"):
    """Contact and collision thresholds, and the forces that they are compared with."""

    filter_cutoff: float = Field(
        10.0, description="Cut-off of the low-pass of the external torques in Hz.", gt=0.0
    )


class FrankaConfig(BaseModel, frozen=True, extra="forbid"):
    """The simulated robot as a whole."""

    arm_id: str = Field(
        "fr3", description="Prefix of the robot's joints and frames: fr3, fer, panda."
    )
    gripper_name: str = Field(
        "franka_gripper", description="Node name of the gripper in topic and action names."
    )
    user_stop: bool = Field(
        False, description="Whether the user stop is pressed: motion is refused while it is."
    )
    arm: ArmConfig = Field(ArmConfig(), description="The arm.")
    gripper: FrankaHandConfig = Field(FrankaHandConfig(), description="The hand.")
    collision: CollisionConfig = Field(CollisionConfig(), description="Collision thresholds.")
