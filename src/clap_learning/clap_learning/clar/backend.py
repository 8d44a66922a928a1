"""CLAR as a backend: the encoder that nodes, suites and notebooks make by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.backends import CloudEncoder
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud

if TYPE_CHECKING:
    from clap_learning.clar.tokenizer import CloudTokenizer


class ClarSettings(BaseModel, frozen=True, extra="forbid"):
    """Weights, and what runs them."""

    weights: str = Field(
        "",
        description="folder of the weights (config.json, model.safetensors, SHA256SUMS)",
    )
    engine: str = Field(
        "onnxruntime",
        description="what runs the encoder: onnxruntime, onnxruntime-int8 or torch (docs/clar.md)",
    )
    device: str = Field(
        "cpu",
        description="where the engine computes: cpu; for the engine torch also cuda, cuda:1",
    )
    half_edge_m: float = Field(
        0.2,
        description="the crop is a box of keypoint +- this along each axis of the base frame [m]",
        ge=0.02,
        le=1.0,
    )
    base_frame: str = Field("base", description="frame of the clouds; others are refused")


class ClarBackend(CloudEncoder):
    """Loads weights and engine when it warms up, and no sooner: they take time and memory."""

    settings_type = ClarSettings

    def __init__(self, settings: ClarSettings) -> None:
        self._settings = settings
        self._tokenizer: CloudTokenizer | None = None
        self.device = settings.device

    @property
    def half_edge_m(self) -> float:
        """See `CloudEncoder`."""
        return self._settings.half_edge_m

    def warm_up(self) -> None:
        """See `Backend`: load the weights and run every batch size that compiles anew."""
        if self._tokenizer is not None:
            return
        from clap_learning.clar.tokenizer import CloudTokenizer

        settings = self._settings
        if not settings.weights:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                "the encoder 'clar' has no weights",
                "Set clar.weights to a folder such as models/clar-tiny",
            )
        tokenizer = CloudTokenizer.load(
            Path(settings.weights).expanduser(),
            settings.engine,
            settings.base_frame,
            settings.device,
        )
        tokenizer.warm_up()
        self._tokenizer = tokenizer

    def close(self) -> None:
        """See `Backend`."""
        self._tokenizer = None

    def encode(
        self, cloud: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float
    ) -> list[CloudTokens]:
        """See `CloudEncoder`."""
        self.warm_up()
        assert self._tokenizer is not None
        return self._tokenizer.tokens(cloud, keypoints, half_edge_m)
