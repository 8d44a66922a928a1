"""Settings of the simulated Franka."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ArmConfig(BaseModel, frozen=True, extra="forbid"):
    """The joint impedance controller and the limits that the robot enforces on motions.

    The stiffness is that of ``fr3_arm_controller`` in franka_fr3_moveit_config, the velocity limits
    are the FR3's.
    """

    joint_stiffness: tuple[float, ...] = Field(
        (600.0, 600.0, 600.0, 600.0, 250.0, 150.0, 50.0),
        description="Stiffness of joints 1 to 7 in Nm/rad.",
    )
    damping_ratio: float = Field(
        1.0, description="Damping of each joint as a fraction of critical.", ge=0.1, le=3.0
    )
    velocity_limits: tuple[float, ...] = Field(
        (2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26),
        description="Largest commanded speed of joints 1 to 7 in rad/s.",
    )
    max_acceleration: float = Field(
        10.0, description="Largest deceleration when a motion is stopped, in rad/s2.", gt=0.0
    )
    stop_time: float = Field(
        0.25,
        description="A canceled motion has stopped after this time in s of simulated time, even "
        "where that takes more than max_acceleration.",
        gt=0.0,
        le=0.3,
    )
    start_tolerance: float = Field(
        0.05,
        description="Largest distance in rad between where a trajectory starts and the commanded "
        "position; beyond it the robot reports a velocity discontinuity.",
        gt=0.0,
    )
    blend_time: float = Field(
        0.1,
        description="Time in s over which a smaller distance at the start is removed.",
        gt=0.0,
        le=1.0,
    )
    stopped_velocity: float = Field(
        0.01,
        description="Joint speed in rad/s below which the arm counts as stopped at the goal "
        "(stopped_velocity_tolerance of joint_trajectory_controller).",
        ge=0.0,
    )
    goal_time: float = Field(
        2.0,
        description="Time in s after the end of a trajectory within which the goal must be "
        "reached, where a goal names none; 0 waits forever.",
        ge=0.0,
    )
    feedback_rate: float = Field(
        20.0, description="Rate of action feedback in Hz of simulated time.", gt=0.0, le=200.0
    )


class FrankaHandConfig(BaseModel, frozen=True, extra="forbid"):
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
    default_speed: float = Field(
        0.1, description="Speed of gripper_action and homing in m/s of width.", gt=0.0
    )
    default_epsilon_inner: float = Field(
        0.005, description="Inner tolerance in m of a grasp by gripper_action.", ge=0.0
    )
    default_epsilon_outer: float = Field(
        0.005, description="Outer tolerance in m of a grasp by gripper_action.", ge=0.0
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
    feedback_rate: float = Field(
        30.0, description="Rate of action feedback in Hz of simulated time.", gt=0.0, le=200.0
    )


class CollisionConfig(BaseModel, frozen=True, extra="forbid"):
    """Contact and collision thresholds at start; the services change them.

    The defaults are those that franka_ros2's examples set (DefaultRobotBehavior).
    """

    lower_torque: tuple[float, ...] = Field(
        (25.0, 25.0, 22.0, 20.0, 19.0, 17.0, 14.0),
        description="External joint torques in Nm above which contact is indicated.",
    )
    upper_torque: tuple[float, ...] = Field(
        (35.0, 35.0, 32.0, 30.0, 29.0, 27.0, 24.0),
        description="External joint torques in Nm above which a reflex stops the arm.",
    )
    lower_force: tuple[float, ...] = Field(
        (30.0, 30.0, 30.0, 25.0, 25.0, 25.0),
        description="External wrench (3 x N, 3 x Nm) above which contact is indicated.",
    )
    upper_force: tuple[float, ...] = Field(
        (40.0, 40.0, 40.0, 35.0, 35.0, 35.0),
        description="External wrench (3 x N, 3 x Nm) above which a reflex stops the arm.",
    )
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
