"""Clouds and keypoints to tokens: crop, patches, one pass of the encoder for all crops."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.clar.inference import DEFAULT_ENGINE, make_engine
from clap_learning.clar.patches import check_cloud, make_patches
from clap_learning.clar.stored_weights import EncoderWeights, read_weights

HALF_EDGE_M = 0.2
"""Of a crop, by default; pre-training draws 0.10 to 0.35 m (data/augment.py)."""

WARM_UP_BATCHES = (1, 2, 1)
"""Engines compile for the first batch, and again for the first one of another size."""


class CloudTokenizer:
    """Encodes what is around keypoints of a cloud.

    Args:
        weights: of the encoder; their checksum is told with the tokens.
        engine: name of what runs the encoder, see `clap_learning.clar.inference`.
        frame: the base frame; the encoder has seen coordinates of no other.
        device: where the engine computes, e.g. ``"cpu"``.

    Raises:
        ClapError: INVALID_REQUEST for an engine or a device that does not exist or is not
            installed.
    """

    def __init__(
        self,
        weights: EncoderWeights,
        engine: str = DEFAULT_ENGINE,
        frame: str = "base",
        device: str = "cpu",
    ) -> None:
        self.config = weights.config
        self.weights_sha256 = weights.sha256
        self.frame = frame
        self.engine = make_engine(engine, weights, device)

    @classmethod
    def load(
        cls,
        folder: Path,
        engine: str = DEFAULT_ENGINE,
        frame: str = "base",
        device: str = "cpu",
    ) -> CloudTokenizer:
        """With the weights in a folder.

        Raises:
            ClapError: INVALID_REQUEST when the folder is missing, or its checksums or config do
                not match; or for the engine or its device.
        """
        return cls(read_weights(folder), engine, frame, device)

    def warm_up(self) -> None:
        """Compile everything now, so that the first tokens come as fast as the others.

        Raises:
            ClapError: INTERNAL when the engine gives no usable tokens.
        """
        side = np.linspace(-HALF_EDGE_M, HALF_EDGE_M, 16, dtype=np.float32)
        xyz = np.stack(np.meshgrid(side, side, side), axis=-1).reshape(-1, 3)
        cloud = PointCloud(xyz, np.full(xyz.shape, 128, np.uint8), self.frame)
        for batch in WARM_UP_BATCHES:
            self.tokens(cloud, np.zeros((batch, 3)))

    def tokens(
        self,
        cloud: PointCloud,
        keypoints: NDArray[np.float64],
        half_edge_m: float = HALF_EDGE_M,
    ) -> list[CloudTokens]:
        """Tokens around each keypoint, all computed in one pass.

        Args:
            cloud: in the base frame.
            keypoints: [M, 3] m in the same frame.
            half_edge_m: of the crops, axis-aligned boxes around the keypoints.

        Raises:
            ClapError: CLOUD_EMPTY when a crop has fewer points than a patch; INVALID_REQUEST for
                a cloud in another frame, numbers that are not finite, or a box without an inside.
        """
        began = time.perf_counter()
        self._check(cloud, keypoints, half_edge_m)
        if len(keypoints) == 0:
            return []
        crops = self._crops(cloud, keypoints, half_edge_m)
        pairs = [make_patches(crop.xyz, crop.rgb, self.config) for crop in crops]
        centers, points = (np.stack(parts) for parts in zip(*pairs, strict=True))
        features = self._encode(centers, points)
        latency_s = time.perf_counter() - began
        return [
            CloudTokens(
                centers=centers[place],
                features=features[place],
                keypoint=np.asarray(keypoints[place], np.float64),
                half_edge_m=half_edge_m,
                points=len(crop),
                model=self.config.name,
                weights_sha256=self.weights_sha256,
                engine=self.engine.name,
                latency_s=latency_s,
                frame=cloud.frame,
                stamp_ns=cloud.stamp_ns,
            )
            for place, crop in enumerate(crops)
        ]

    def _check(self, cloud: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float) -> None:
        if cloud.frame != self.frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the cloud is in frame '{cloud.frame}', not in '{self.frame}'",
                "Transform it: tokens know where in front of the robot something is",
            )
        # Before cropping: what is not a number is in no box, and would be left out unseen.
        check_cloud(cloud.xyz, cloud.rgb, self.config)
        if keypoints.ndim != 2 or keypoints.shape[1] != 3:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoints have shape {keypoints.shape}",
                "Give them as [M, 3]",
            )
        for place, keypoint in enumerate(keypoints):
            if not np.isfinite(keypoint).all():
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"keypoint {place} {_text(keypoint)} is not finite",
                    "Give points that a keypoint finder found",
                )
        if not (np.isfinite(half_edge_m) and half_edge_m > 0.0):
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the crop's half edge is {half_edge_m} m",
                "Give a length above 0 m",
            )

    def _crops(
        self, cloud: PointCloud, keypoints: NDArray[np.float64], half_edge_m: float
    ) -> list[PointCloud]:
        crops = []
        for place, keypoint in enumerate(keypoints):
            low, high = ((keypoint + sign * half_edge_m).astype(np.float32) for sign in (-1.0, 1.0))
            crop = cloud.select(((cloud.xyz >= low) & (cloud.xyz <= high)).all(axis=1))
            if len(crop) < self.config.patch_points:
                raise ClapError(
                    ErrorCode.CLOUD_EMPTY,
                    f"the crop of +-{half_edge_m:g} m around keypoint {place} {_text(keypoint)} "
                    f"has {len(crop)} points, fewer than one patch ({self.config.patch_points})",
                    "Widen the crop, or look whether the cameras see that place",
                )
            crops.append(crop)
        return crops

    def _encode(
        self, centers: NDArray[np.float32], points: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        try:
            features = self.engine.encode(centers, points)
        except Exception as error:  # of another library, whatever that raises
            raise ClapError(
                ErrorCode.INTERNAL,
                f"the engine '{self.engine.name}' {self.engine.version} failed: {error!r}",
                "Choose another engine, and please report it",
            ) from error
        wanted = (*centers.shape[:2], self.config.width)
        if features.shape != wanted or not np.isfinite(features).all():
            raise ClapError(
                ErrorCode.INTERNAL,
                f"the engine '{self.engine.name}' gave features of shape {features.shape} "
                f"(wanted {wanted}), or some that are not finite",
                "Choose another engine, or other weights",
            )
        return features


def _text(point: Sequence[float] | NDArray[np.float64]) -> str:
    return "({:.3f}, {:.3f}, {:.3f}) m".format(*point)
