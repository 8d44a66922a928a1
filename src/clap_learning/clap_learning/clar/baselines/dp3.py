"""DP3's encoder: a per-point MLP and a maximum (Ze et al., RSS 2024, section III-B).

As in its published code (``PointNetEncoderXYZRGB``): linear layers of 64, 128 and 256 features,
each with LayerNorm and ReLU, the maximum over the points, and a projection with LayerNorm to 64
features. It was made to be trained with its policy; here it is trained with the probe.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

POINT_CHANNELS = 6
"""Position in m, base frame, and colour from -1 to 1."""

LAYERS = (64, 128, 256)
WIDTH = 64
"""Features of the whole cloud."""


class Dp3Encoder(nn.Module):
    """Points to a feature of each point and one of the cloud."""

    point_width = LAYERS[-1]
    cloud_width = WIDTH

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = POINT_CHANNELS
        for width in LAYERS:
            layers += [nn.Linear(before, width), nn.LayerNorm(width), nn.ReLU()]
            before = width
        self.each = nn.Sequential(*layers)
        self.whole = nn.Sequential(nn.Linear(before, WIDTH), nn.LayerNorm(WIDTH))

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Features of a batch of clouds.

        Args:
            points: [B, N, 6] position in m and colour from -1 to 1.

        Returns:
            [B, N, 256] of each point, which knows nothing of the others, and [B, 64] of the
            cloud, whatever its points' order.
        """
        each: Tensor = self.each(points)
        return each, self.whole(each.amax(dim=1))

    def tokens(self, points: Tensor) -> Tensor:
        """[B, N, 320] the features of each point beside those of its cloud."""
        each, whole = self(points)
        return torch.cat([each, whole[:, None].expand(-1, each.shape[1], -1)], dim=-1)
