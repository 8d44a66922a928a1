"""Parameters of the cloud_fusion node."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator, model_validator

from clap_core.fusion import FusionConfig

TOPICS = (
    "color_topic",
    "rectified_color_topic",
    "depth_topic",
    "camera_info_topic",
    "cloud_topic",
)
"""Parameters that are names of topics."""


class CloudFusionConfig(BaseModel, frozen=True, extra="forbid"):
    """Parameters of the cloud_fusion node."""

    cameras: tuple[str, ...] = Field(
        ("front", "left", "right"), description="Names of the cameras to fuse."
    )
    color_topic: str = Field(
        "camera/{camera}/color/image_raw",
        description="Topic of a camera's colour images; {camera} stands for its name.",
    )
    rectified_color_topic: str = Field(
        "camera/{camera}/color/image_rect_raw",
        description="Where the colour images of a D405 come, whose driver names the topic so; what "
        "camera_info says of distortion counts for either name. Empty for none.",
    )
    depth_topic: str = Field(
        "camera/{camera}/aligned_depth_to_color/image_raw",
        description="Topic of a camera's depth images, aligned to the colour images.",
    )
    camera_info_topic: str = Field(
        "camera/{camera}/aligned_depth_to_color/camera_info",
        description="Topic of the intrinsics of a camera's aligned depth.",
    )
    cloud_topic: str = Field("scene/points", description="Topic of the fused cloud.")
    base_frame: str = Field("base", description="Frame of the fused cloud.")
    min_cameras: int = Field(
        1, ge=1, le=16, description="With fewer usable cameras no cloud is published."
    )
    sync_tolerance_s: float = Field(
        0.04,
        ge=0.0,
        le=1.0,
        description="Largest spread of the stamps of images that are fused together, seconds; at "
        "least half a period for cameras that do not trigger each other.",
    )
    camera_timeout_s: float = Field(
        0.5,
        gt=0.0,
        le=10.0,
        description="A camera without an image for so long is stale and not waited for, seconds.",
    )
    start_timeout_s: float = Field(
        5.0,
        gt=0.0,
        le=60.0,
        description="How long cameras may take for their first images before that is an error, "
        "seconds; a warning says meanwhile what is waited for.",
    )
    max_age_s: float = Field(
        0.5, gt=0.0, le=10.0, description="Images older than this are not fused, seconds."
    )
    transform_timeout_s: float = Field(
        0.2,
        ge=0.0,
        le=5.0,
        description="How long a set of images waits for its cameras' transforms, seconds.",
    )
    kept_looks: int = Field(
        10,
        ge=0,
        le=200,
        description="For how many of the last clouds ~/views still has the pictures; three cameras "
        "of 640x480 take 5 MB a cloud.",
    )
    agreement_period_s: float = Field(
        10.0,
        ge=0.0,
        le=3600.0,
        description="How often it is looked whether the cameras' clouds fit together, seconds; a "
        "look takes a third of a second of one core. 0 for never.",
    )
    max_apart_mm: float = Field(
        6.0,
        gt=0.0,
        le=100.0,
        description="With two cameras' clouds farther apart than this in three looks in a row a "
        "warning says that a camera was moved, millimetres.",
    )
    fusion: FusionConfig = Field(
        default_factory=FusionConfig, description="What the fusion keeps, and how finely."
    )

    @field_validator("cameras")
    @classmethod
    def _are_distinct(cls, cameras: tuple[str, ...]) -> tuple[str, ...]:
        if not cameras or len(set(cameras)) != len(cameras) or not all(cameras):
            raise ValueError(f"cameras must be distinct names, at least one, got {list(cameras)}")
        return cameras

    @model_validator(mode="after")
    def _has_enough_cameras(self) -> CloudFusionConfig:
        if self.min_cameras > len(self.cameras):
            raise ValueError(
                f"min_cameras is {self.min_cameras}, but there are only {len(self.cameras)} cameras"
            )
        return self
