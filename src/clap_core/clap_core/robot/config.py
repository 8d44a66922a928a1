"""What the operator may set about motions: how fast, how smooth, how high, and where not."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

Vector3 = tuple[float, float, float]


class MotionConfig(BaseModel, frozen=True, extra="forbid"):
    """Speed and shape of motions at speed_scale 1."""

    tcp_speed_m_s: float = Field(
        0.5, gt=0.0, le=1.7, description="Highest speed of the tool centre point [m/s]"
    )
    tcp_acceleration_m_s2: float = Field(
        1.5, gt=0.0, le=9.0, description="Highest acceleration of the TCP along its path [m/s^2]"
    )
    tcp_turn_rate_rad_s: float = Field(
        1.5, gt=0.0, le=2.5, description="Highest turn rate of the TCP [rad/s]"
    )
    tcp_turn_acceleration_rad_s2: float = Field(
        4.0, gt=0.0, le=17.0, description="Highest turn acceleration of the TCP [rad/s^2]"
    )
    guarded_speed_m_s: float = Field(
        0.04, gt=0.0, le=0.2, description="Highest TCP speed of a motion that may hit [m/s]"
    )
    joint_velocity_fraction: float = Field(
        0.5, gt=0.0, le=0.95, description="Share of the arm's joint velocity limits that is used"
    )
    joint_acceleration_fraction: float = Field(
        0.4, gt=0.0, le=0.9, description="Share of the arm's joint acceleration limits"
    )
    joint_jerk_fraction: float = Field(
        0.2, gt=0.0, le=0.9, description="Share of the arm's joint jerk limits"
    )
    smoothing_s: float = Field(
        0.12, ge=0.04, le=0.5, description="Time over which acceleration builds up [s]"
    )
    sample_rate_hz: float = Field(
        100.0, ge=20.0, le=1000.0, description="Rate of the points of a trajectory [1/s]"
    )
    travel_height_m: float = Field(
        0.30, ge=0.0, le=0.8, description="Height of the TCP over the base in free motions [m]"
    )
    min_travel_height_m: float = Field(
        0.16,
        ge=0.0,
        le=0.8,
        description="How low free motions may go where travel_height_m is out of reach [m]",
    )
    blend_radius_m: float = Field(
        0.04, ge=0.005, le=0.2, description="How much the corners of a free motion are cut [m]"
    )
    approach_radius_m: float = Field(
        0.05,
        ge=0.0,
        le=0.3,
        description="Horizontal distance to start or goal within which a free motion may be "
        "below the travel height [m]",
    )


class SafetyConfig(BaseModel, frozen=True, extra="forbid"):
    """What no motion may do."""

    workspace_min_m: Annotated[Vector3, Field(min_length=3)] = Field(
        (0.15, -0.60, 0.0), description="Lower corner of the box the TCP stays in, base frame [m]"
    )
    workspace_max_m: Annotated[Vector3, Field(min_length=3)] = Field(
        (0.85, 0.60, 0.90), description="Upper corner of the box the TCP stays in, base frame [m]"
    )
    table_height_m: float = Field(
        0.0, ge=-1.0, le=1.0, description="Height of the table in the base frame [m]"
    )
    table_clearance_m: float = Field(
        0.002, ge=0.0, le=0.2, description="Least distance of arm and hand to the table [m]"
    )
    self_collision_margin_m: float = Field(
        0.01, ge=0.0, le=0.1, description="Least distance between parts of the arm [m]"
    )
    joint_margin_rad: float = Field(
        0.05, ge=0.0, le=0.5, description="Least distance to the ends of the joints' ranges [rad]"
    )

    @model_validator(mode="after")
    def _check_box(self) -> SafetyConfig:
        if any(a >= b for a, b in zip(self.workspace_min_m, self.workspace_max_m, strict=True)):
            raise ValueError("workspace_min_m must be below workspace_max_m on every axis")
        return self


class GripperConfig(BaseModel, frozen=True, extra="forbid"):
    """How the gripper moves and what counts as a grasp."""

    speed_m_s: float = Field(0.1, gt=0.0, le=0.1, description="Speed of the fingers [m/s]")
    max_width_m: float = Field(0.08, gt=0.0, le=0.2, description="Widest opening [m]")
    default_force_n: float = Field(
        20.0, gt=0.0, le=70.0, description="Grasp force where an action names none [N]"
    )
    max_force_n: float = Field(70.0, gt=0.0, le=140.0, description="Highest grasp force [N]")
    min_object_width_m: float = Field(
        0.003, ge=0.0, le=0.05, description="Fingers closer than this hold nothing [m]"
    )


class ContactConfig(BaseModel, frozen=True, extra="forbid"):
    """What ends a guarded motion."""

    force_n: float = Field(
        8.0,
        gt=0.0,
        le=100.0,
        description="Change of the external force that is a contact [N]; keep it well below the "
        "force threshold of the robot's collision reflex",
    )
    samples: int = Field(
        2,
        ge=1,
        le=100,
        description="So many looks in a row, 10 ms apart, must show it: one alone may be noise",
    )


CONTACT_PERIOD_S = 0.01
"""Time between two looks at the external force."""


class KeyActionConfig(BaseModel, frozen=True, extra="forbid"):
    """How key actions are executed, on the robot and in the benchmark."""

    motion: MotionConfig = Field(MotionConfig(), description="Speed and shape of motions")
    safety: SafetyConfig = Field(SafetyConfig(), description="What no motion may do")
    gripper: GripperConfig = Field(GripperConfig(), description="The gripper")
    contact: ContactConfig = Field(ContactConfig(), description="What ends a guarded motion")
