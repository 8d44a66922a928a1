"""Parameters of the camera_extrinsics node."""

from __future__ import annotations

import math

from pydantic import BaseModel, Field, field_validator

_UNIT_TOLERANCE = 1e-3


class CamerasConfig(BaseModel, frozen=True, extra="forbid"):
    """Which cameras have a pose."""

    cameras: tuple[str, ...] = Field(
        ("front", "left", "right", "wrist"), description="Names of the cameras."
    )


class ExtrinsicsConfig(BaseModel, frozen=True, extra="forbid"):
    """The pose of one camera's link, as a calibration gives it."""

    parent_frame: str = Field("fr3_link0", description="Frame that the camera is fixed to.")
    child_frame: str = Field("", description="The camera's link; empty for <name>_link.")
    translation: tuple[float, float, float] = Field(
        (0.0, 0.0, 0.0), description="Position of the link in the parent frame in m."
    )
    rotation: tuple[float, float, float, float] = Field(
        (0.0, 0.0, 0.0, 1.0), description="Orientation as a unit quaternion x, y, z, w."
    )

    @field_validator("rotation")
    @classmethod
    def _is_unit(
        cls, value: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        length = math.sqrt(sum(part * part for part in value))
        if abs(length - 1.0) > _UNIT_TOLERANCE:
            raise ValueError(f"the quaternion's length is {length:.4f} instead of 1")
        return value
