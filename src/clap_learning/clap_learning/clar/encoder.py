"""The encoder: patches to tokens, by a plain transformer in plain PyTorch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from clap_learning.clar.architecture import (
    EACH,
    EACH_HIDDEN,
    POINT_CHANNELS,
    POSITION_CHANNELS,
    POSITION_HIDDEN,
    WAVELENGTHS_M,
    WHOLE,
)
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.patch_batch import PatchBatch


class PatchEmbedding(nn.Module):
    """A small PointNet: each patch's points to one feature, whatever their order.

    As in Point-MAE (section 3.1): per-point layers, the maximum joined to every point, per-point
    layers again, the maximum. Arranged so that little is done for every point: a maximum commutes
    with adding what all points share and with ReLU, so both come after it. No BatchNorm: a
    patch's feature must not depend on the other clouds of its batch.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Linear(POINT_CHANNELS, EACH_HIDDEN), nn.GELU(), nn.Linear(EACH_HIDDEN, EACH)
        )
        self.from_each = nn.Linear(EACH, WHOLE, bias=False)
        self.from_whole = nn.Linear(EACH, WHOLE)
        self.second = nn.Sequential(nn.ReLU(), nn.LayerNorm(WHOLE), nn.Linear(WHOLE, width))

    def forward(self, points: Tensor) -> Tensor:
        """[B, G, K, 6] to [B, G, width]."""
        each = functional.relu(self.first(points))
        # max, not amax: its gradient goes to one point, and is found in half the time.
        whole = self.from_whole(each.max(dim=2).values)
        features: Tensor = self.second(self.from_each(each).max(dim=2).values + whole)
        return features


class PositionEmbedding(nn.Module):
    """Where a patch is, from its centre in the robot's base frame.

    The coordinates go in as waves too (Mildenhall et al., ECCV 2020, section 5.1): a table is a
    metre wide, and two centimetres of it make a difference.
    """

    wavelengths_m: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("wavelengths_m", torch.tensor(WAVELENGTHS_M), persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(POSITION_CHANNELS, POSITION_HIDDEN),
            nn.GELU(),
            nn.Linear(POSITION_HIDDEN, width),
        )

    def forward(self, centers: Tensor) -> Tensor:
        """[B, G, 3] m to [B, G, width]."""
        phases = (2.0 * math.pi * centers[..., None] / self.wavelengths_m).flatten(-2)
        embedded: Tensor = self.layers(torch.cat([centers, phases.sin(), phases.cos()], dim=-1))
        return embedded


class TransformerBlock(nn.Module):
    """A pre-norm transformer block whose two branches may be skipped in training."""

    def __init__(self, width: int, heads: int, expansion: float, drop_path: float) -> None:
        super().__init__()
        self.heads = heads
        self.drop_path = drop_path
        self.norm_attention = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        hidden = int(width * expansion)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, T, width] to the same."""
        tokens = tokens + self._sometimes(self._attend(self.norm_attention(tokens)))
        return tokens + self._sometimes(self.mlp(self.norm_mlp(tokens)))

    def _attend(self, tokens: Tensor) -> Tensor:
        batch, count, width = tokens.shape
        split = self.queries_keys_values(tokens).view(batch, count, 3, self.heads, -1)
        queries, keys, values = split.permute(2, 0, 3, 1, 4)
        # Written out: for so few tokens, PyTorch's fused kernel is several times slower on a CPU.
        scores = queries @ keys.transpose(-2, -1) / math.sqrt(width / self.heads)
        mixed = scores.softmax(dim=-1).to(values.dtype) @ values
        joined: Tensor = self.attended(mixed.transpose(1, 2).reshape(batch, count, width))
        return joined

    def _sometimes(self, branch: Tensor) -> Tensor:
        if not self.training or self.drop_path == 0.0:
            return branch
        keep = 1.0 - self.drop_path
        kept = branch.new_empty(len(branch), 1, 1).bernoulli_(keep)
        return branch * kept / keep


class ClarEncoder(nn.Module):
    """Patches to tokens.

    Args:
        config: sizes.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = PatchEmbedding(config.width)
        self.position = PositionEmbedding(config.width)
        rates = torch.linspace(0.0, config.drop_path, config.depth).tolist()
        self.blocks = nn.ModuleList(
            TransformerBlock(config.width, config.heads, config.expansion, rate) for rate in rates
        )
        self.norm = nn.LayerNorm(config.width)
        # Not the embeddings: so small, they would say nothing beside the LayerNorms' outputs.
        self.blocks.apply(initialise)

    def forward(self, batch: PatchBatch, visible: Tensor | None = None) -> Tensor:
        """Tokens of a batch.

        Args:
            batch: of B clouds with G patches.
            visible: [B, V] indices of the patches to look at; all by default.

        Returns:
            [B, G or V, width], one token a patch, in the order of the patches.
        """
        centers, points = batch.centers, batch.points
        if visible is not None:
            rows = torch.arange(len(centers), device=centers.device)[:, None]
            centers, points = centers[rows, visible], points[rows, visible]
        return self.tokens(centers, points)

    def tokens(self, centers: Tensor, points: Tensor) -> Tensor:
        """The same over plain tensors [B, G, 3] and [B, G, K, 6], as exporters need it."""
        tokens = self.embed(points) + self.position(centers)
        for block in self.blocks:
            tokens = block(tokens)
        normed: Tensor = self.norm(tokens)
        return normed


def initialise(module: nn.Module) -> None:
    """Transformers' usual start: weights of standard deviation 0.02, no bias."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
