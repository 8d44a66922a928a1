"""Patches of several clouds, as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class PatchBatch:
    """Patches of a batch of B clouds, G a cloud, K points each.

    Attributes:
        centers: [B, G, 3] m in the base frame.
        points: [B, G, K, 6] position relative to the centre in units of ``patch_scale_m``, and
            colour from -1 to 1. The centre itself is among them.
    """

    centers: Tensor
    points: Tensor

    def to(self, device: torch.device | str) -> PatchBatch:
        """The same on another device."""
        return PatchBatch(
            self.centers.to(device, non_blocking=True), self.points.to(device, non_blocking=True)
        )


def collate(patches: list[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> PatchBatch:
    """A batch of clouds' patches."""
    centers, points = zip(*patches, strict=True)
    return PatchBatch(torch.from_numpy(np.stack(centers)), torch.from_numpy(np.stack(points)))
