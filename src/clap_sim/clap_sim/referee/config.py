"""What counts as success."""

from __future__ import annotations

from pydantic import BaseModel, Field


class RefereeConfig(BaseModel, frozen=True, extra="forbid"):
    """Bounds of the referee's checks. Gaps are between round bodies, handles left out."""

    next_to_gap_m: float = Field(
        0.10, description="Largest gap in m between things next to each other.", gt=0.0
    )
    beside_gap_m: float = Field(
        0.20, description="Largest gap in m for left, right, in front and behind.", gt=0.0
    )
    overlap_m: float = Field(
        0.005, description="Overlap in m of round bodies that still counts as a gap.", ge=0.0
    )
    direction_deg: float = Field(
        45.0, description="Largest angle in degrees to the named direction.", gt=0.0, le=90.0
    )
    height_m: float = Field(
        0.012, description="Largest difference in m to the height of a surface.", gt=0.0
    )
    tilt_deg: float = Field(
        20.0, description="Largest tilt in degrees of something that stands.", gt=0.0, le=90.0
    )
    rest_m_per_s: float = Field(
        0.05, description="Largest speed in m/s of something at rest.", gt=0.0
    )
    lifted_m: float = Field(
        0.04, description="Height in m above where it stood from which it counts as up.", gt=0.0
    )
    pushed_m: float = Field(
        0.03, description="Least distance in m that a push moves something.", gt=0.0
    )
    push_lift_m: float = Field(
        0.015, description="Largest height in m that something pushed may have left the table by.",
        gt=0.0,
    )  # fmt: skip
