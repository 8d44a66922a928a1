"""Sizes of the encoder, and the configurations that have a name."""

from __future__ import annotations

from pydantic import BaseModel, Field, model_validator

from clap_core.errors import ClapError, ErrorCode


class EncoderConfig(BaseModel, frozen=True, extra="forbid"):
    """The architecture; stored beside the weights."""

    name: str = Field(description="Name of the configuration.")
    points: int = Field(2048, description="Points that a cloud is sampled to.", ge=64, le=65536)
    patches: int = Field(64, description="Patches of a cloud.", ge=2, le=1024)
    patch_points: int = Field(32, description="Points of a patch.", ge=4, le=256)
    width: int = Field(description="Features of a token.", ge=16, le=4096)
    depth: int = Field(description="Transformer blocks.", ge=1, le=64)
    heads: int = Field(description="Attention heads of a block.", ge=1, le=64)
    expansion: float = Field(4.0, description="Hidden features of a block's MLP over its width.")
    drop_path: float = Field(
        0.1, description="Chance that the last block is skipped in training.", ge=0.0, lt=1.0
    )
    patch_scale_m: float = Field(
        0.05,
        description="Length in m that a patch's coordinates are divided by. Fixed, not the "
        "patch's own extent: how large something is tells what it is.",
        gt=0.0,
    )

    @model_validator(mode="after")
    def _check(self) -> EncoderConfig:
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")
        if self.patch_points > self.points or self.patches > self.points:
            raise ValueError("points must be at least patches and patch_points")
        return self


ENCODERS = {
    config.name: config
    for config in (
        EncoderConfig(name="clar-tiny", width=192, depth=6, heads=3, drop_path=0.0),
        # Point-MAE's and ReCon's geometry.
        EncoderConfig(name="clar-small", width=384, depth=12, heads=6),
        EncoderConfig(name="clar-base", patches=128, width=512, depth=16, heads=8),
    )
}


def encoder_config(name: str) -> EncoderConfig:
    """The configuration of that name.

    Raises:
        ClapError: INVALID_REQUEST if there is none.
    """
    if name not in ENCODERS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no encoder configuration '{name}'",
            f"Choose one of {', '.join(ENCODERS)}",
        )
    return ENCODERS[name]
