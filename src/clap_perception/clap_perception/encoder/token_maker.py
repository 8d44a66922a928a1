"""Tokens around keypoints: checks of the request, a memory of the last ones, and figures."""

from __future__ import annotations

import zlib
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from clap_core.backends import CloudEncoder
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.histogram import Histogram
from clap_core.point_cloud import PointCloud

LATENCY_EDGES_MS = (5.0, 10.0, 15.0, 20.0, 25.0, 35.0, 50.0, 100.0, 200.0, 500.0)
CROP_EDGES_POINTS = (128.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0)

MIN_HALF_EDGE_M = 0.02
MAX_HALF_EDGE_M = 1.0
MAX_KEYPOINTS = 64
"""Of one request, as clap_msgs/srv/EncodeCloud says: a batch holds up the node's other work."""

REMEMBERED = 128
"""Crops whose tokens are kept, about 30 kB each: those of the looks of the last moments."""

_Key = tuple[int, int, bytes, float]
"""Stamp and checksum of a cloud, point, half edge: after a simulation's reset stamps repeat."""


class TokenMaker:
    """Encodes what is around keypoints, each crop of a cloud once.

    Used on the encoder's thread alone, but for the figures.
    """

    def __init__(self) -> None:
        self._made: OrderedDict[_Key, CloudTokens] = OrderedDict()
        self._latency_ms = Histogram(LATENCY_EDGES_MS)
        self._crop_points = Histogram(CROP_EDGES_POINTS)
        self._remembered = 0
        self._failures = 0
        self._last_error = ""
        self._model = ""
        self._engine = ""

    def make(
        self,
        encoder: CloudEncoder,
        cloud: PointCloud,
        keypoints: NDArray[np.float64],
        half_edge_m: float = 0.0,
    ) -> list[CloudTokens]:
        """Tokens around each keypoint; the missing ones from one pass of the encoder.

        Args:
            encoder: always the same one.
            cloud: in the base frame.
            keypoints: [M, 3] m in the same frame.
            half_edge_m: of the crops; 0 for the encoder's own.

        Raises:
            ClapError: CLOUD_EMPTY when a crop has fewer points than a patch; INVALID_REQUEST.
        """
        _check(len(keypoints), half_edge_m)
        size_m = half_edge_m or encoder.half_edge_m
        content = zlib.crc32(cloud.xyz.tobytes())
        keys = [(cloud.stamp_ns, content, point.tobytes(), size_m) for point in keypoints]
        missing = [place for place, key in enumerate(keys) if key not in self._made]
        found = {key: self._made[key] for key in keys if key in self._made}
        self._remembered += len(keys) - len(missing)
        if missing:
            tokens = encoder.encode(cloud, keypoints[missing], size_m)
            self._count(tokens)
            found |= {keys[place]: each for place, each in zip(missing, tokens, strict=True)}
        self._remember(found)
        return [found[key] for key in keys]

    def note(self, error: ClapError) -> None:
        """Count tokens that could not be had, whatever the reason."""
        self._failures += 1
        self._last_error = f"{error.code.name}: {error.message}"

    def health_values(self) -> dict[str, object]:
        """Figures for /diagnostics: counts are since the node was configured."""
        return {
            "tokens.model": self._model,
            "tokens.engine": self._engine,
            "tokens.batches": self._latency_ms.total,
            "tokens.crops": self._crop_points.total,
            "tokens.remembered": self._remembered,
            "tokens.failed": self._failures,
            "tokens.last_error": self._last_error,
            **self._latency_ms.figures("tokens.latency_ms"),
            **self._crop_points.figures("tokens.crop_points"),
        }

    def _count(self, tokens: list[CloudTokens]) -> None:
        self._model = f"{tokens[0].model} {tokens[0].weights_sha256[:12]}"
        self._engine = tokens[0].engine
        self._latency_ms.add(tokens[0].latency_s * 1e3)
        for each in tokens:
            self._crop_points.add(each.points)

    def _remember(self, found: dict[_Key, CloudTokens]) -> None:
        for key, tokens in found.items():
            self._made[key] = tokens
            self._made.move_to_end(key)
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)


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
            f"Give {MIN_HALF_EDGE_M:g} to {MAX_HALF_EDGE_M:g} m, or 0 for the encoder's own",
        )
