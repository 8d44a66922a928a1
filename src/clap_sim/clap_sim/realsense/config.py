"""Settings of the simulated RealSense cameras; those of the depth channel are clap_core's."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_core.camera.stereo import DepthConfig


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
    depth: DepthConfig = Field(DepthConfig(), description="Depth effects.")
