"""What the fusion keeps, and how finely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

MAX_VOXELS = 40_000_000
"""Upper bound on the voxels of the workspace box: one int32 each, 160 MB."""


class WorkspaceBox(BaseModel, frozen=True, extra="forbid"):
    """The axis-aligned box, in the base frame, outside of which nothing is kept."""

    x_min_m: float = Field(0.20, description="Lower x bound of the workspace, metres, base frame.")
    x_max_m: float = Field(0.85, description="Upper x bound of the workspace, metres, base frame.")
    y_min_m: float = Field(-0.55, description="Lower y bound of the workspace, metres, base frame.")
    y_max_m: float = Field(0.55, description="Upper y bound of the workspace, metres, base frame.")
    z_min_m: float = Field(-0.02, description="Lower z bound of the workspace, metres, base frame.")
    z_max_m: float = Field(0.60, description="Upper z bound of the workspace, metres, base frame.")

    @model_validator(mode="after")
    def _has_volume(self) -> WorkspaceBox:
        if not (self.upper > self.lower).all():
            raise ValueError(
                f"each *_min_m must be below its *_max_m, got {self.lower} to {self.upper}"
            )
        return self

    @property
    def lower(self) -> NDArray[np.float64]:
        """[3] lower corner, metres."""
        return np.array([self.x_min_m, self.y_min_m, self.z_min_m])

    @property
    def upper(self) -> NDArray[np.float64]:
        """[3] upper corner, metres."""
        return np.array([self.x_max_m, self.y_max_m, self.z_max_m])


class FusionConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the cloud fusion."""

    workspace: WorkspaceBox = Field(
        default_factory=WorkspaceBox, description="Box of the base frame that is kept."
    )
    voxel_m: float = Field(
        0.005, ge=0.001, le=0.1, description="Edge of a voxel of the fused cloud, metres."
    )
    min_depth_m: float = Field(
        0.10, ge=0.0, le=10.0, description="Depth below this is no measurement, metres."
    )
    max_depth_m: float = Field(
        3.0, gt=0.0, le=20.0, description="Depth above this is no measurement, metres."
    )
    min_neighbours: int = Field(
        3,
        ge=0,
        le=26,
        description="A voxel with fewer occupied voxels among the 26 around it is dropped as a "
        "flying pixel of a depth edge; 0 keeps all.",
    )
    min_valid_fraction: float = Field(
        0.01,
        ge=0.0,
        le=1.0,
        description="A depth image with a smaller fraction of measured pixels is invalid.",
    )

    @model_validator(mode="after")
    def _is_feasible(self) -> FusionConfig:
        if self.min_depth_m >= self.max_depth_m:
            raise ValueError(
                f"min_depth_m ({self.min_depth_m}) must be below max_depth_m ({self.max_depth_m})"
            )
        voxels = float(np.prod((self.workspace.upper - self.workspace.lower) / self.voxel_m))
        if voxels > MAX_VOXELS:
            raise ValueError(
                f"the workspace holds {voxels:.0f} voxels of {self.voxel_m} m, more than "
                f"{MAX_VOXELS}: make it smaller or voxel_m larger"
            )
        return self
