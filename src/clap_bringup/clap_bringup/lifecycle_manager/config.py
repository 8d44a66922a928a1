"""Parameters of the lifecycle manager."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_core.robot.names import trajectory_action


class LifecycleManagerConfig(BaseModel, frozen=True, extra="forbid"):
    """What the lifecycle manager looks after, and how patiently. All times are wall-clock time."""

    nodes: tuple[str, ...] = Field(
        (
            "cloud_fusion",
            "task_planner",
            "keypoint",
            "encoder",
            "policy",
            "franka_executor",
            "task_executive",
        ),
        description="Lifecycle nodes in the order of their activation; relative names are in the "
        "manager's namespace.",
    )
    arm_node: str = Field(
        "franka_executor",
        description="The one of the nodes that moves the arm: when it dies or hangs while it is "
        "active, the manager cancels what runs on the controller.",
    )
    arm_id: str = Field("fr3", min_length=1, description="fr3, fer or panda.")
    controller: str = Field(
        "",
        description="Controller with the action <controller>/follow_joint_trajectory, until the "
        "arm_node has told its own, or where it tells none; empty for <arm_id>_arm_controller.",
    )
    other_half: str = Field(
        "",
        description="Manager of the half of the stack that runs on another computer; empty where "
        "there is none. It is looked at, and never told anything.",
    )
    autostart: bool = Field(
        True, description="Bring the nodes up at once; otherwise wait for ~/manage."
    )
    poll_period: float = Field(
        0.5, description="Time in s between two questions for a node's state.", ge=0.05, le=10.0
    )
    response_timeout: float = Field(
        5.0, description="A node that does not answer for this time in s is lost.", ge=0.1, le=60.0
    )
    start_timeout: float = Field(
        60.0,
        description="Time in s that the nodes may take to appear; after it the others go on "
        "without those that are missing.",
        ge=0.1,
        le=600.0,
    )
    transition_timeout: float = Field(
        60.0,
        description="Time in s that one transition may take, for example to load a model.",
        ge=0.1,
        le=600.0,
    )
    retry_period: float = Field(
        5.0, description="Time in s after which a failed transition is tried again.", ge=0.1
    )
    shutdown_timeout: float = Field(
        3.0,
        description="Time in s that the manager takes at its own end to deactivate the nodes.",
        ge=0.0,
        le=60.0,
    )

    @property
    def trajectory_action(self) -> str:
        """The controller's action.

        Raises:
            ClapError: INVALID_REQUEST for an unknown arm_id.
        """
        return trajectory_action(self.arm_id, self.controller)
