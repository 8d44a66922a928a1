"""The probes: so small that what they achieve is the features' doing.

Segmentation: tokens are spread to points as PointNet++ does (Qi et al., NeurIPS 2017, section
3.4), by the inverse squared distances of the three nearest, then one hidden layer. Beside the
feature it is told where the point is relative to the nearest token's centre, so that it can use
what the token knows of its patch's inside; but neither the point's colour nor its place in the
base frame, from which alone a table could be told from an arm.

Keypoints: a learned query a class attends to the tokens; the answer is the weighted mean of their
centres plus an offset read from the weighted mean of their features. The attention itself is
taught where to look, as a heatmap is: from the distance alone, few examples do not teach it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

OFFSET_SCALE_M = 0.05
"""Unit of the offsets: about a patch."""

NEAREST = 3
_LEAST_SQUARED_M2 = 1e-8
_CHUNK = 64


@dataclass(frozen=True)
class Spread:
    """How tokens reach points.

    Attributes:
        index: [N, P, 3] int64 tokens nearest to each point.
        weight: [N, P, 3] float, of sum 1.
        offset: [N, P, 3] the point relative to the nearest centre, in `OFFSET_SCALE_M`.
    """

    index: Tensor
    weight: Tensor
    offset: Tensor

    @classmethod
    def of(cls, points: Tensor, centers: Tensor) -> Spread:
        """From points [N, P, 3] and tokens' centres [N, T, 3], both in m."""
        parts = [
            _nearest(points[k : k + _CHUNK], centers[k : k + _CHUNK])
            for k in range(0, len(points), _CHUNK)
        ]
        index, weight, offset = (torch.cat(part) for part in zip(*parts, strict=True))
        return cls(index, weight, offset)

    def at(self, clouds: Tensor, points: Tensor | slice) -> Spread:
        """Of some clouds, and of some of their points."""
        return Spread(
            self.index[clouds][:, points],
            self.weight[clouds][:, points],
            self.offset[clouds][:, points],
        )

    def __call__(self, tokens: Tensor) -> Tensor:
        """[N, T, C] of tokens to [N, P, C] of points."""
        clouds, count, channels = tokens.shape
        first = torch.arange(clouds, device=tokens.device)[:, None, None] * count
        spread = functional.embedding_bag(
            (self.index + first).flatten(0, 1),
            tokens.flatten(0, 1),
            per_sample_weights=self.weight.flatten(0, 1),
            mode="sum",
        )
        return spread.view(clouds, -1, channels)


def _nearest(points: Tensor, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    exact = "donot_use_mm_for_euclid_dist"
    between = torch.cdist(points, centers, compute_mode=exact).square()
    squared, index = between.topk(NEAREST, dim=-1, largest=False)
    weight = 1.0 / squared.clamp(min=_LEAST_SQUARED_M2)
    rows = torch.arange(len(points))[:, None]
    offset = (points - centers[rows, index[..., 0]]) / OFFSET_SCALE_M
    return index, weight / weight.sum(dim=-1, keepdim=True), offset


class SegmentationProbe(nn.Module):
    """One hidden layer over a point's feature.

    Args:
        width: features of a token.
        classes: how many there are.
        hidden: features of the hidden layer.
    """

    def __init__(self, width: int, classes: int, hidden: int = 128) -> None:
        super().__init__()
        self.of_feature = nn.Linear(width, hidden)
        self.of_offset = nn.Linear(3, hidden, bias=False)
        self.out = nn.Linear(hidden, classes)

    def forward(self, tokens: Tensor, spread: Spread) -> Tensor:
        """[B, T, width] to scores [B, P, classes]."""
        # Linear and spreading commute; there are fewer tokens than points.
        hidden = spread(self.of_feature(tokens)) + self.of_offset(spread.offset)
        scores: Tensor = self.out(functional.gelu(hidden))
        return scores


class KeypointProbe(nn.Module):
    """A query a class that looks for its place.

    Args:
        width: features of a token.
        classes: how many there are.
        hidden: features of queries, keys and values.
    """

    def __init__(self, width: int, classes: int, hidden: int = 64) -> None:
        super().__init__()
        self.query = nn.Embedding(classes, hidden)
        self.key = nn.Linear(width, hidden, bias=False)
        self.value = nn.Linear(width, hidden)
        self.offset = nn.Linear(hidden, 3)

    def forward(self, tokens: Tensor, centers: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Where things are.

        Args:
            tokens: [B, T, width].
            centers: [B, T, 3] m.
            classes: [B, K] what to look for; -1 for nothing, whose answer means nothing.

        Returns:
            Places [B, K, 3] in m, and logits [B, K, T] of the attention.
        """
        query = self.query(classes.clamp(min=0))
        scale = query.shape[-1] ** -0.5
        logits = query @ self.key(tokens).transpose(1, 2) * scale
        attention = logits.softmax(dim=-1)
        found = functional.gelu(attention @ self.value(tokens) + query)
        place: Tensor = attention @ centers + OFFSET_SCALE_M * self.offset(found)
        return place, logits
