"""What the ROS front asks of a Franka: small protocols of its arm and its hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_franka.collision import CollisionBehavior
from clap_franka.motion.follower import Execution
from clap_franka.motion.goal import TrajectoryRequest
from clap_franka.motion.setpoint import JointSetpoint

FloatArray = NDArray[np.float64]


class RobotMode(IntEnum):
    """Mirror of the constants of ``franka_msgs/msg/FrankaRobotState``."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4
    USER_STOPPED = 5
    AUTOMATIC_ERROR_RECOVERY = 6


class Pending:
    """An order to the robot that takes its time.

    Attributes:
        done: whether it has been carried out or has failed.
        error: why it failed.
    """

    def __init__(self) -> None:
        self.done = False
        self.error: ClapError | None = None

    @classmethod
    def finished(cls) -> Pending:
        """One that was carried out at once."""
        pending = cls()
        pending.finish()
        return pending

    def finish(self, error: ClapError | None = None) -> None:
        """It was carried out, or failed with an error."""
        self.error = error
        self.done = True


@dataclass(frozen=True)
class Inertia:
    """What hangs on the flange; the centre of mass [3] is in its frame, metres."""

    mass_kg: float
    center_m: FloatArray


@dataclass(frozen=True)
class RobotState:
    """All that a Franka tells of itself, at one moment.

    Attributes:
        position, velocity, torque: [7] measured joints in rad, rad/s and Nm.
        motor_position, motor_velocity: [7] the motors' side of the joints in rad and rad/s.
        setpoint: what is commanded.
        external_torque: [7] Nm, filtered.
        base_wrench, k_wrench: [6] N and Nm that act at the stiffness frame, in the axes of link 0
            and of the stiffness frame.
        base_T_ee, base_T_ee_desired: [4, 4] end effector, measured and commanded, in link 0.
        desired_twist, desired_acceleration: [6] of the commanded end effector: linear, angular.
        flange_T_ee, ee_T_k: [4, 4] frames of the end effector and of the stiffness.
        ee, load: what hangs on the flange: the end effector and what it holds.
        mode: of the robot.
        errors, last_errors: names as in ``franka_msgs/msg/Errors``: present, of the last motion.
        contact, collision: [13] which torques (7) and which parts of the wrench (6) exceed the
            lower and the upper thresholds.
        success_rate: share of the last commands that arrived in time.
        time_s: since the robot's start.
    """

    position: FloatArray
    velocity: FloatArray
    torque: FloatArray
    motor_position: FloatArray
    motor_velocity: FloatArray
    setpoint: JointSetpoint
    external_torque: FloatArray
    base_wrench: FloatArray
    k_wrench: FloatArray
    base_T_ee: FloatArray
    base_T_ee_desired: FloatArray
    desired_twist: FloatArray
    desired_acceleration: FloatArray
    flange_T_ee: FloatArray
    ee_T_k: FloatArray
    ee: Inertia
    load: Inertia
    mode: RobotMode
    errors: Sequence[str]
    last_errors: Sequence[str]
    contact: NDArray[np.bool_]
    collision: NDArray[np.bool_]
    success_rate: float
    time_s: float


class LinkPose(NamedTuple):
    """A moving frame, [4, 4] in the frame of its parent."""

    parent: str
    child: str
    parent_T_child: FloatArray


class ArmDriver(Protocol):
    """An arm. Orders raise a ClapError where they are refused at once."""

    @property
    def arm_id(self) -> str:
        """Prefix of its joints and frames."""

    @property
    def position(self) -> FloatArray:
        """[7] measured, in rad."""

    @property
    def velocity(self) -> FloatArray:
        """[7] measured, in rad/s."""

    @property
    def torque(self) -> FloatArray:
        """[7] of the drives, in Nm."""

    @property
    def setpoint(self) -> JointSetpoint:
        """What is commanded now."""

    def state(self) -> RobotState:
        """All of it; costs more than the properties."""

    def link_poses(self) -> Sequence[LinkPose]:
        """The frames of the moving links and fingers; always the same ones in the same order."""

    def check_trajectory(self, request: TrajectoryRequest, now_s: float) -> None:
        """Raise what :meth:`start_trajectory` would, without moving.

        Raises:
            ClapError: the robot takes no motion.
            GoalRefusedError: the goal is invalid.
        """

    def start_trajectory(self, request: TrajectoryRequest, now_s: float) -> Execution:
        """Begin a goal, in place of a running one; raises as :meth:`check_trajectory`."""

    def cancel(self, execution: Execution, now_s: float) -> None:
        """Begin to stop; the execution ends once the arm stands."""

    def recover(self) -> Pending:
        """Clear the robot's errors."""

    def set_joint_stiffness(self, stiffness: FloatArray) -> Pending:
        """Of joints 1 to 7 in Nm/rad."""

    def set_cartesian_stiffness(self, stiffness: FloatArray) -> Pending:
        """[6] in N/m and Nm/rad."""

    def set_tcp_frame(self, nominal_T_ee: FloatArray) -> Pending:
        """[4, 4] the end effector, from the nominal one: the hand's tool centre point."""

    def set_stiffness_frame(self, ee_T_k: FloatArray) -> Pending:
        """[4, 4] the stiffness frame, from the end effector."""

    def set_collision_behavior(self, behavior: CollisionBehavior) -> Pending:
        """When contact is told, and when the arm stops by reflex."""

    def set_load(self, load: Inertia, inertia: FloatArray) -> Pending:
        """What the hand holds; the inertia [3, 3] kg m2 is about its centre."""


class HandState(Enum):
    """How a command to the hand stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class HandCommand:
    """A command to the hand on its way.

    Attributes:
        state: RUNNING until it has ended.
        error: why it failed.
    """

    def __init__(self, state: HandState = HandState.RUNNING, error: str = "") -> None:
        self.state = state
        self.error = error


class HandDriver(Protocol):
    """A Franka hand. A new command ends the running one; each raises a ClapError if refused."""

    @property
    def width_m(self) -> float:
        """Distance between the pads."""

    def homing(self) -> HandCommand:
        """Close and open fully, to calibrate the width."""

    def move(self, width_m: float, speed_m_s: float) -> HandCommand:
        """Go to a width."""

    def grasp(
        self,
        width_m: float,
        speed_m_s: float,
        force_n: float,
        epsilon_inner_m: float,
        epsilon_outer_m: float,
    ) -> HandCommand:
        """Close on an object that is `width_m` wide, give or take the epsilons, and hold it."""

    def stop(self) -> None:
        """End the running command and hold the present width."""

    def cancel(self, command: HandCommand) -> None:
        """Stop, if the command still runs."""
