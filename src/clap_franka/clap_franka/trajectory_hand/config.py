"""Parameters of the node trajectory_hand."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_core.robot.names import franka_names
from clap_franka.config import HandCommandConfig


class FingerConfig(BaseModel, frozen=True, extra="forbid"):
    """How the fingers are told to move, and when they count as stopped. Times without "wall clock"
    are on the node's clock, which is the simulation's with use_sim_time."""

    max_width: float = Field(0.08, description="Full opening in m.", gt=0.0, le=0.5)
    max_speed: float = Field(0.1, description="Largest speed of the width in m/s.", gt=0.0)
    overshoot: float = Field(
        0.0,
        description="How far beyond closed a grasp's target lies, in m of the width. A controller "
        "of effort presses with its p gain times what the finger lacks to its target: give it "
        "more here for thin things.",
        ge=0.0,
        le=0.2,
    )
    width_tolerance: float = Field(
        0.003, description="A move has arrived within this distance in m of its width.", gt=0.0
    )
    stalled_distance: float = Field(
        0.0005,
        description="Fingers that move less than this, in m of the width, stand still.",
        gt=0,
    )
    stalled_time: float = Field(
        0.3, description="For how long in s they must stand still to count as blocked.", gt=0.0
    )
    command_timeout: float = Field(
        5.0,
        description="A command fails that takes this much longer, in s, than its travel.",
        gt=0.0,
    )
    state_timeout: float = Field(
        2.0, description="Oldest joint state to move on, wall clock, in s.", gt=0.0
    )
    answer_timeout: float = Field(
        5.0,
        description="Longest wait for the controller to accept a goal or to end a cancelled one, "
        "and for a clock that stands still, wall clock, in s.",
        gt=0.0,
    )


class TrajectoryHandConfig(BaseModel, frozen=True, extra="forbid"):
    """A hand of which a joint trajectory controller moves finger joint 1; joint 2 mimics it."""

    arm_id: str = Field("fr3", description="Prefix of the joints: fr3, fer or panda.")
    gripper_name: str = Field(
        "franka_gripper", min_length=1, description="Node name of the gripper in names it serves."
    )
    controller: str = Field(
        "",
        description="Controller with the action <controller>/follow_joint_trajectory; empty for "
        "<arm_id>_hand_controller.",
    )
    joint_states: str = Field(
        "joint_states", min_length=1, description="Topic that tells where the fingers are."
    )
    joint_state_rate: float = Field(
        15.0, description="Rate of <gripper_name>/joint_states in Hz.", gt=0.0, le=200.0
    )
    update_rate: float = Field(
        100.0, description="How often the node looks at the fingers, in Hz.", gt=0.0, le=1000.0
    )
    gripper: HandCommandConfig = Field(HandCommandConfig(), description="The actions.")
    fingers: FingerConfig = Field(FingerConfig(), description="The fingers.")

    @property
    def trajectory_action(self) -> str:
        """The controller's action.

        Raises:
            ClapError: INVALID_REQUEST for an unknown arm.
        """
        names = franka_names(self.arm_id)
        return f"{self.controller or f'{names.arm_id}_hand_controller'}/follow_joint_trajectory"
