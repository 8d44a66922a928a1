"""The coloured point cloud that every part of the stack passes around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PointCloud:
    """A coloured cloud in one frame at one time.

    Attributes:
        xyz: [N, 3] float32 positions in `frame`, metres.
        rgb: [N, 3] uint8 colours.
        frame: name of the frame, e.g. ``base``.
        stamp_ns: time of capture.
    """

    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    frame: str = "base"
    stamp_ns: int = 0

    def __post_init__(self) -> None:
        if self.xyz.ndim != 2 or self.xyz.shape[1] != 3 or self.xyz.shape != self.rgb.shape:
            raise ValueError(
                f"xyz and rgb must both be [N, 3], got {self.xyz.shape} and {self.rgb.shape}"
            )

    def __len__(self) -> int:
        return len(self.xyz)

    def select(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> PointCloud:
        """The points that a boolean mask or an index array picks."""
        return PointCloud(self.xyz[index], self.rgb[index], self.frame, self.stamp_ns)
