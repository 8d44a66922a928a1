"""Settings that every Franka has, whatever drives it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class FollowerConfig(BaseModel, frozen=True, extra="forbid"):
    """How trajectories are followed. The velocity limits are the FR3's."""

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
    feedback_rate: float = Field(20.0, description="Rate of action feedback in Hz.", gt=0.0, le=200)


class HandCommandConfig(BaseModel, frozen=True, extra="forbid"):
    """The Franka hand. The defaults are those of franka_gripper and the hand's data sheet."""

    default_speed: float = Field(
        0.1, description="Speed of gripper_action and homing in m/s of width.", gt=0.0
    )
    default_epsilon_inner: float = Field(
        0.005, description="Inner tolerance in m of a grasp by gripper_action.", ge=0.0
    )
    default_epsilon_outer: float = Field(
        0.005, description="Outer tolerance in m of a grasp by gripper_action.", ge=0.0
    )
    feedback_rate: float = Field(30.0, description="Rate of action feedback in Hz.", gt=0.0, le=200)


class ThresholdConfig(BaseModel, frozen=True, extra="forbid"):
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
