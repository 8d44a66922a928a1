"""Parameters of the franka_executor node."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_core.robot.config import KeyActionConfig
from clap_core.robot.names import trajectory_action

NAMES = (
    "gripper_node",
    "joint_states",
    "hand_joint_states",
    "robot_state",
    "error_recovery",
)
"""Parameters that are names of topics, of actions and of a node."""


class RobotNames(BaseModel, frozen=True, extra="forbid"):
    """What things are called on the robot's side; the defaults are those of franka_ros2."""

    arm_id: str = Field("fr3", min_length=1, description="fr3, fer or panda; prefix of the joints")
    base_frame: str = Field("base", min_length=1, description="Frame that targets are given in")
    controller: str = Field(
        "",
        description="Controller with the action <controller>/follow_joint_trajectory; empty for "
        "<arm_id>_arm_controller. lifecycle_manager asks for it, to stop the arm in the "
        "executor's place",
    )
    gripper_node: str = Field(
        "franka_gripper", min_length=1, description="Node of the gripper with move, grasp, stop"
    )
    joint_states: str = Field(
        "joint_states", min_length=1, description="Topic with the joints of arm and fingers"
    )
    hand_joint_states: str = Field(
        "franka_gripper/joint_states",
        min_length=1,
        description="Topic of the gripper itself with the joints of the fingers; while it speaks, "
        "what joint_states says of the fingers does not count",
    )
    robot_state: str = Field(
        "franka_robot_state_broadcaster/robot_state",
        min_length=1,
        description="Topic with the robot's mode, errors and external force",
    )
    error_recovery: str = Field(
        "action_server/error_recovery",
        min_length=1,
        description="Action that recovers from a reflex",
    )

    @property
    def trajectory_action(self) -> str:
        """The controller's action."""
        return trajectory_action(self.arm_id, self.controller)


class SupervisionConfig(BaseModel, frozen=True, extra="forbid"):
    """When a motion is stopped, and how long things may take."""

    require_robot_state: bool = Field(
        True,
        description="Nothing moves before the robot's state was heard. In any case nothing moves "
        "once it has been heard and then fell silent",
    )
    contact_lag_m: float = Field(
        0.0,
        ge=0.0,
        le=0.05,
        description="For a robot that tells no state, where none is required: a guarded motion "
        "ends when the hand is so far behind its plan [m]. 0 refuses guarded motions there",
    )
    state_timeout_s: float = Field(
        1.0, gt=0.0, le=10.0, description="Oldest robot state to move on, wall clock [s]"
    )
    server_timeout_s: float = Field(
        5.0, gt=0.0, le=60.0, description="Longest wait for a server to appear, wall clock [s]"
    )
    duration_factor: float = Field(
        1.5, ge=1.0, le=10.0, description="How much longer than planned a motion may take"
    )
    duration_slack_s: float = Field(
        3.0, ge=0.0, le=60.0, description="And how many seconds on top, on the node's clock [s]"
    )
    slowest_real_time_factor: float = Field(
        0.1,
        gt=0.0,
        le=1.0,
        description="Slowest simulation for which waits on the wall clock are long enough",
    )
    gripper_timeout_s: float = Field(
        30.0, gt=0.0, le=300.0, description="Longest wait for the gripper, wall clock [s]"
    )
    recovery_timeout_s: float = Field(
        10.0, gt=0.0, le=120.0, description="Longest wait for error recovery, wall clock [s]"
    )
    start_deviation_rad: float = Field(
        0.05,
        gt=0.0,
        le=0.5,
        description="Largest difference between measured and commanded joints to move from [rad]",
    )


class ExecutorConfig(RobotNames, KeyActionConfig, frozen=True, extra="forbid"):
    """All parameters of the node."""

    supervision: SupervisionConfig = Field(SupervisionConfig(), description="Stops and deadlines")
