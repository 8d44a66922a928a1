"""Settings of the node `realsense`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Emitter = Literal["", "enabled", "disabled"]
"""Not on and off, which YAML takes for booleans."""


class CameraConfig(BaseModel, frozen=True, extra="forbid"):
    """One camera: which one it is, and how it takes pictures.

    May be changed while the camera runs; another serial number opens another camera.
    """

    serial: str = Field(
        "",
        description="Serial number, as on the camera's label, in quotes; without one the camera "
        "is not started.",
    )
    emitter: Emitter = Field(
        "",
        description="Infrared pattern: enabled, disabled, or empty to leave it as the camera has "
        "it.",
    )
    preset: str = Field(
        "",
        description="Visual preset such as 'High Accuracy'; empty to leave it as the camera has "
        "it.",
    )
    depth_exposure_us: int = Field(
        0, ge=0, le=200_000, description="Exposure of the depth sensor, microseconds; 0: automatic."
    )
    color_exposure_us: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Exposure of the colour sensor, microseconds; 0: automatic. A D405 has one "
        "sensor for both, which follows depth_exposure_us.",
    )


class DriverConfig(BaseModel, frozen=True, extra="forbid"):
    """What all cameras share; each has a CameraConfig under its name."""

    cameras: tuple[str, ...] = Field(
        ("front", "left", "right"), description="Names of the cameras, those of their topics."
    )
    width: int = Field(640, ge=1, le=4096, description="Columns of colour and depth.")
    height: int = Field(480, ge=1, le=4096, description="Rows of colour and depth.")
    fps: int = Field(15, ge=1, le=300, description="Pictures a second.")
    pointcloud: bool = Field(
        False, description="Publish /camera/<name>/depth/color/points (pointcloud.enable)."
    )
    frame_timeout_s: float = Field(
        2.0, ge=0.1, le=60.0, description="Without a picture for so long a camera counts as lost."
    )
    retry_s: float = Field(
        1.0, ge=0.05, le=60.0, description="How often a camera that is not there is looked for."
    )
