"""Tokens around keypoints for the node clar, with figures for /diagnostics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.histogram import Histogram
from clap_core.point_cloud import PointCloud

if TYPE_CHECKING:
    from clap_learning.clar.tokenizer import CloudTokenizer

LATENCY_EDGES_MS = (5.0, 10.0, 15.0, 20.0, 25.0, 35.0, 50.0, 100.0, 200.0, 500.0)
CROP_EDGES_POINTS = (128.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0)

MIN_HALF_EDGE_M = 0.02
MAX_HALF_EDGE_M = 1.0
MAX_KEYPOINTS = 64
"""Of one request, as clap_msgs/srv/EncodeCloud says: a batch holds up the node's other work."""


class TokensConfig(BaseModel, frozen=True, extra="forbid"):
    """Whether and how clouds are encoded."""

    weights: str = Field(
        "",
        description="folder of the point-cloud encoder's weights (config.json, model.safetensors, "
        "SHA256SUMS); empty: no tokens, and PyTorch is not loaded",
    )
    engine: str = Field(
        "onnxruntime",
        description="what runs the encoder: a name in clap_learning.clar.inference.ENGINES",
    )
    half_edge_m: float = Field(
        0.2,
        description="the crop is a box of keypoint +- this along each axis of the base frame [m]",
        ge=MIN_HALF_EDGE_M,
        le=MAX_HALF_EDGE_M,
    )


class TokenMaker:
    """Encodes what is around keypoints.

    Args:
        config: weights, engine and size of the crops.
        frame: of clouds and keypoints.

    Raises:
        ClapError: INVALID_REQUEST when the weights or the engine cannot be used.
    """

    def __init__(self, config: TokensConfig, frame: str) -> None:
        self._config = config
        self._frame = frame
        self._tokenizer = _load(config, frame)
        self._latency_ms = Histogram(LATENCY_EDGES_MS)
        self._crop_points = Histogram(CROP_EDGES_POINTS)
        self._failures = 0
        self._last_error = ""

    def make(
        self, cloud: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float = 0.0
    ) -> list[CloudTokens]:
        """Tokens around each keypoint, from one pass of the encoder.

        Args:
            cloud: in the base frame.
            keypoints: [M, 3] m in the same frame.
            half_edge_m: of the crops; 0 for the parameter's.

        Raises:
            ClapError: CLOUD_EMPTY when a crop has fewer points than a patch; INVALID_REQUEST.
        """
        _check(len(keypoints), half_edge_m)
        tokens = self._tokenizer.tokens(cloud, keypoints, half_edge_m or self._config.half_edge_m)
        self._latency_ms.add(tokens[0].latency_s * 1e3)
        for each in tokens:
            self._crop_points.add(each.points)
        return tokens

    def note(self, error: ClapError) -> None:
        """Count tokens that could not be had, whatever the reason."""
        self._failures += 1
        self._last_error = f"{error.code.name}: {error.message}"

    def health_values(self) -> dict[str, object]:
        """Figures for /diagnostics: counts are since the node was configured."""
        tokenizer = self._tokenizer
        return {
            "tokens.model": f"{tokenizer.config.name} {tokenizer.weights_sha256[:12]}",
            "tokens.engine": f"{tokenizer.engine.name} {tokenizer.engine.version}",
            "tokens.batches": self._latency_ms.total,
            "tokens.crops": self._crop_points.total,
            "tokens.failed": self._failures,
            "tokens.last_error": self._last_error,
            **self._latency_ms.figures("tokens.latency_ms"),
            **self._crop_points.figures("tokens.crop_points"),
        }


def _load(config: TokensConfig, frame: str) -> CloudTokenizer:
    """A tokenizer that is warm."""
    # PyTorch takes seconds and hundreds of MB, which a node without tokens need not pay.
    from clap_learning.clar.tokenizer import CloudTokenizer

    tokenizer = CloudTokenizer.load(Path(config.weights).expanduser(), config.engine, frame)
    tokenizer.warm_up()
    return tokenizer


def _check(count: int, half_edge_m: float) -> None:
    if not 1 <= count <= MAX_KEYPOINTS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the request has {count} keypoints",
            f"Give 1 to {MAX_KEYPOINTS}",
        )
    if half_edge_m != 0.0 and not MIN_HALF_EDGE_M <= half_edge_m <= MAX_HALF_EDGE_M:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the half edge of the crops is {half_edge_m:g} m",
            f"Give {MIN_HALF_EDGE_M:g} to {MAX_HALF_EDGE_M:g} m, or 0 for the node's parameter",
        )
