"""What a point-cloud encoder makes of the part of a cloud around a keypoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CloudTokens:
    """One token a patch of points; mirror of ``clap_msgs/msg/CloudTokens``.

    Attributes:
        centers: [G, 3] float32 m, where each token's patch is, in `frame`.
        features: [G, width] float32.
        keypoint: [3] float64 m, middle of the crop.
        half_edge_m: the crop is the axis-aligned box keypoint +- half_edge_m.
        points: of the cloud inside the crop.
        model: name of the encoder's configuration.
        weights_sha256: of its weights' file; tokens of different weights must not be mixed.
        engine: what computed them.
        latency_s: wall time from the cloud to the tokens, for all crops of the batch together.
        frame: the base frame.
        stamp_ns: of the cloud.
    """

    centers: NDArray[np.float32]
    features: NDArray[np.float32]
    keypoint: NDArray[np.float64]
    half_edge_m: float
    points: int
    model: str
    weights_sha256: str
    engine: str
    latency_s: float
    frame: str = "base"
    stamp_ns: int = 0

    def __post_init__(self) -> None:
        if self.centers.shape[1:] != (3,) or self.features.ndim != 2:
            raise ValueError(
                f"centers must be [G, 3] and features [G, width], got {self.centers.shape} and "
                f"{self.features.shape}"
            )
        if len(self.centers) != len(self.features):
            raise ValueError(
                f"{len(self.centers)} centers do not belong to {len(self.features)} tokens"
            )

    def __len__(self) -> int:
        return len(self.centers)
