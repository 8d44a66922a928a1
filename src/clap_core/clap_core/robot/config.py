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
