"""What a Franka's frames, joints and controller are called: one place turns an arm's id into them.

The names are those of franka_description and franka_ros2 (jazzy).
"""

from __future__ import annotations

from dataclasses import dataclass

from clap_core.robot.specification import arm_specification


@dataclass(frozen=True)
class FrankaNames:
    """Names that begin with the arm's id; see `franka_names`.

    Attributes:
        arm_id: ``fr3``, ``fer`` or ``panda``.
    """

    arm_id: str

    @property
    def base_link(self) -> str:
        """Frame of the arm's foot."""
        return f"{self.arm_id}_link0"

    @property
    def hand(self) -> str:
        """Frame of the hand, which carries a wrist camera."""
        return f"{self.arm_id}_hand"

    @property
    def tcp(self) -> str:
        """Frame of the tool centre point between the fingertips."""
        return f"{self.arm_id}_hand_tcp"

    @property
    def arm_joints(self) -> tuple[str, ...]:
        """Joints 1 to 7."""
        return arm_specification(self.arm_id).joint_names

    @property
    def finger_joints(self) -> tuple[str, str]:
        """The joints whose positions add up to the gripper's opening."""
        return (f"{self.arm_id}_finger_joint1", f"{self.arm_id}_finger_joint2")

    @property
    def controller(self) -> str:
        """The joint trajectory controller."""
        return f"{self.arm_id}_arm_controller"


def franka_names(arm_id: str) -> FrankaNames:
    """The names of an arm.

    Raises:
        ClapError: INVALID_REQUEST for an unknown id.
    """
    return FrankaNames(arm_specification(arm_id).arm_id)


def trajectory_action(arm_id: str, controller: str = "") -> str:
    """The action that moves an arm, for all who send or cancel its trajectories.

    Args:
        arm_id: ``fr3``, ``fer`` or ``panda``.
        controller: name of the controller; empty for the arm's usual one.

    Raises:
        ClapError: INVALID_REQUEST for an unknown id.
    """
    return f"{controller or franka_names(arm_id).controller}/follow_joint_trajectory"
