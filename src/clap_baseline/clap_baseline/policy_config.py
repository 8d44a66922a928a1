"""What may be set about the analytic policy."""

from __future__ import annotations

from pydantic import BaseModel, Field, model_validator

from clap_baseline.segments.segmentation import SegmentationConfig


class PolicyConfig(BaseModel, frozen=True, extra="forbid"):
    """Distances, forces and speeds of the analytic policy."""

    segmentation: SegmentationConfig = Field(
        SegmentationConfig(), description="how the cloud is taken apart"
    )
    keypoint_reach_m: float = Field(
        0.05,
        description="how far a keypoint may be from the object that it belongs to [m]",
        gt=0.0,
        le=0.3,
    )
    hover_m: float = Field(
        0.10,
        description="height above the grasp from which the hand goes down [m]",
        ge=0.03,
        le=0.3,
    )
    lift_m: float = Field(
        0.10, description="how high a grasped object is lifted [m]", ge=0.02, le=0.3
    )
    lift_up_m: float = Field(
        0.12, description="how much higher a 'lift it up' goes [m]", ge=0.02, le=0.5
    )
    max_tcp_height_m: float = Field(
        0.50,
        description="highest target of the TCP above the table [m]",
        ge=0.1,
        le=1.0,
    )
    place_hover_m: float = Field(
        0.06,
        description="height of a carried object above its place before it is lowered [m]",
        ge=0.02,
        le=0.3,
    )
    release_height_m: float = Field(
        0.004,
        description="height above its support at which an object is let go [m]",
        ge=0.0,
        le=0.05,
    )
    retreat_m: float = Field(
        0.12,
        description="how far the hand goes up after letting go [m]",
        ge=0.03,
        le=0.3,
    )
    gap_m: float = Field(
        0.035,
        description="gap between an object and the one it is put next to [m]",
        ge=0.0,
        le=0.2,
    )
    free_margin_m: float = Field(
        0.012,
        description="space kept free around a place on the table [m]",
        ge=0.0,
        le=0.1,
    )
    clearance_m: float = Field(
        0.006,
        description="distance that the hand keeps from what it does not grasp [m]",
        ge=0.0,
        le=0.05,
    )
    table_clearance_m: float = Field(
        0.005,
        description="least distance of the finger tips from the table [m]",
        ge=0.0,
        le=0.05,
    )
    grasp_force_n: float = Field(
        40.0, description="force of the fingers on an object [N]", ge=1.0, le=140.0
    )
    opening_margin_m: float = Field(
        0.03,
        description="how much wider than the object the gripper opens [m]",
        ge=0.005,
        le=0.07,
    )
    max_yaw_off_rad: float = Field(
        1.9,
        description="largest yaw of the TCP from the direction of the target seen from the base; "
        "more brings joint 7 to its end [rad]",
        ge=0.8,
        le=3.1,
    )
    workspace_x_min_m: float = Field(0.22, description="nearest place for an object [m]")
    workspace_x_max_m: float = Field(0.76, description="farthest place for an object [m]")
    workspace_y_m: float = Field(
        0.50, description="farthest place to either side [m]", gt=0.0, le=1.5
    )
    reach_min_m: float = Field(
        0.33,
        description="smallest horizontal distance of the TCP from the base [m]",
        ge=0.0,
        le=0.6,
    )
    reach_m: float = Field(
        0.76, description="largest horizontal distance of the TCP from the base [m]", gt=0.2, le=1.2
    )
    push_m: float = Field(0.10, description="length of a push without a goal [m]", ge=0.01, le=0.4)
    push_gap_m: float = Field(
        0.02,
        description="gap left between a pushed object and its reference [m]",
        ge=0.0,
        le=0.2,
    )
    press_depth_m: float = Field(
        0.02,
        description="how far below a button's top the press aims [m]",
        ge=0.001,
        le=0.1,
    )
    press_hover_m: float = Field(
        0.06,
        description="height above a button from which it is pressed [m]",
        ge=0.01,
        le=0.2,
    )
    drawer_tilt_rad: float = Field(
        0.4,
        description="lean of the hand away from a cabinet whose top is in its way [rad]",
        ge=0.0,
        le=1.2,
    )
    drawer_pull_m: float = Field(
        0.10, description="how far a drawer is pulled open [m]", ge=0.01, le=0.4
    )
    drawer_retreat_m: float = Field(
        0.05, description="how far the hand rises after letting go of a handle [m]", ge=0.02, le=0.2
    )
    slow_speed: float = Field(
        0.4, description="share of the configured speed near objects", gt=0.0, le=1.0
    )
    contact_speed: float = Field(
        0.15,
        description="share of the configured speed while pushing and pulling",
        gt=0.0,
        le=1.0,
    )

    @model_validator(mode="after")
    def _has_room(self) -> PolicyConfig:
        if self.workspace_x_min_m >= self.workspace_x_max_m:
            raise ValueError("workspace_x_min_m must be below workspace_x_max_m")
        return self
