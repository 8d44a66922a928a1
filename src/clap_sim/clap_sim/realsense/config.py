"""Settings of the simulated RealSense cameras."""

from __future__ import annotations

from pydantic import BaseModel, Field


class DepthConfig(BaseModel, frozen=True, extra="forbid"):
    """What makes simulated depth resemble that of a D435; each effect has its switch.

    Figures: Intel's tuning guide for D400 cameras (sub-pixel error about 0.08 px on textured
    surfaces, baseline 50 mm, 5-bit sub-pixel disparity, least distance 0.28 m at this resolution).
    """

    noise: bool = Field(True, description="Add noise that grows with the square of the distance.")
    subpixel_px: float = Field(
        0.08, description="Standard deviation of the disparity in pixels.", ge=0.0, le=2.0
    )
    quantization: bool = Field(True, description="Round the disparity to the sensor's steps.")
    disparity_step_px: float = Field(
        1.0 / 32.0, description="Step of the disparity in pixels.", gt=0.0, le=1.0
    )
    grazing_holes: bool = Field(
        True,
        description="No depth on surfaces seen at a grazing angle, nor on the outlines of things.",
    )
    max_incidence_deg: float = Field(
        82.0,
        description="Largest angle in degrees between the view and the surface's normal.",
        gt=0.0,
        le=90.0,
    )
    stereo_shadow: bool = Field(
        True, description="No depth where the right imager's view is blocked by something nearer."
    )
    baseline_m: float = Field(0.05, description="Distance of the two imagers in m.", gt=0.0, le=0.5)
    range_limits: bool = Field(True, description="No depth nearer or farther than the limits.")
    min_range_m: float = Field(0.28, description="Least distance in m.", ge=0.0)
    max_range_m: float = Field(3.0, description="Largest distance in m.", gt=0.0, le=65.0)
    seed: int = Field(0, description="Seed of the noise; the same seed gives the same.", ge=0)


class FaultConfig(BaseModel, frozen=True, extra="forbid"):
    """Faults to inject, for tests of the stack; they take effect while the simulation runs."""

    stopped_cameras: tuple[str, ...] = Field(
        (),
        description="Names of cameras that publish nothing, as if unplugged; [''] for none "
        "where an empty list cannot be sent (`ros2 param set`).",
    )
    zero_depth_cameras: tuple[str, ...] = Field(
        (), description="Names of cameras whose depth is all zero, as if covered."
    )


class RealSenseConfig(BaseModel, frozen=True, extra="forbid"):
    """All simulated cameras together."""

    spectator_shadows: bool = Field(
        False,
        description="Draw shadows in the spectator's picture: prettier, three times the time.",
    )
    pointcloud: bool = Field(
        False, description="Publish /camera/<name>/depth/color/points (pointcloud.enable)."
    )
    base_frame: str = Field("base", description="Frame in which the stands' transforms are given.")
    hand_frame: str = Field("fr3_hand", description="Frame that carries the wrist camera.")
    depth: DepthConfig = Field(DepthConfig(), description="Depth effects.")
