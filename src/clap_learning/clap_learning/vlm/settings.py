"""Settings of the keypoint finder `qwen`."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_core.fusion import WorkspaceBox


class LiftingConfig(BaseModel, frozen=True, extra="forbid"):
    """When pixels of several pictures are one place."""

    agreement_m: float = Field(
        0.03, description="a view agrees when its ray passes the place this near [m]", gt=0, le=0.5
    )
    min_views: int = Field(
        2, description="views that must agree; fewer only where there are fewer cameras", ge=1, le=9
    )
    window_px: int = Field(
        5, description="depth is the median of a window of this edge [pixels]", ge=1, le=51
    )
    workspace: WorkspaceBox = Field(
        default_factory=WorkspaceBox, description="places outside are refused"
    )


class LookConfig(BaseModel, frozen=True, extra="forbid"):
    """Which pictures can be looked at."""

    darkest: int = Field(
        12, description="a picture without a brighter pixel is black [0 to 255]", ge=0, le=255
    )
    max_spread_s: float = Field(
        0.5, description="longest time between the pictures of one look [s]", gt=0, le=60
    )


class QwenSettings(BaseModel, frozen=True, extra="forbid"):
    """Which model looks, and how long it may take."""

    model: str = Field(
        "", description="folder of a Qwen2.5-VL model, or its name on the hub (tens of GB are read)"
    )
    adapter: str = Field(
        "", description="folder that ./clap train qwen wrote; empty for the model as it is"
    )
    device: str = Field("cpu", description="where it computes: cpu, cuda, cuda:1")
    precision: str = Field(
        "auto",
        description="of the weights: auto (as stored), float32, bfloat16, float16, or 4-bit "
        "(needs the package bitsandbytes)",
        pattern="^(auto|float32|bfloat16|float16|4-bit)$",
    )
    deadline_s: float = Field(
        30.0,
        description="for both rounds together [s, wall clock]; keep it below the node's "
        "backend_timeout_s",
        gt=0.0,
        le=3600.0,
    )
    max_answer_tokens: int = Field(
        512, description="longest answer of a round [tokens]", ge=16, le=8192
    )
    heatmap_px: float = Field(
        6.0, description="standard deviation of the drawn heatmaps [pixels]", gt=0.0, le=200.0
    )
    look: LookConfig = Field(LookConfig(), description="which pictures can be looked at")
    lifting: LiftingConfig = Field(LiftingConfig(), description="from pixels to a place")
