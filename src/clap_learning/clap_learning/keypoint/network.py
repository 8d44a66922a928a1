"""The network: tokens and query to a heatmap over tokens, offsets, and "not there"."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional

from clap_learning.keypoint.query import KINDS, SLOTS

TEXT_DIM = 384
"""Of MiniLM's sentences."""

POINT_CHANNELS = 3 + 1 + 6 + 3 + 2 * 4
"""Of a point: place in its patch, height over the table, how the surface lies there and bends,
colour, and for object and reference the difference to the named colour and how near it is."""

_HIDDEN = 64
"""Numbers of a point before those of its token."""

_REACH_LOG10_M = (-1.5, 1.0)
"""Of the first head (3 cm) and the last (10 m)."""

_FREQUENCIES = 4
_TOKEN_CHANNELS = 3 + 3 * 2 * _FREQUENCIES + 1 + 3
"""Of a token: its place, waves of it, height over the table, place seen from the fingers."""

OFFSET_M = 0.05
"""What an offset of 1 is."""


class NetworkConfig(BaseModel, frozen=True, extra="forbid"):
    """Sizes."""

    width: int = Field(96, description="Numbers of a token.", ge=8)
    layers: int = Field(4, description="Of attention between tokens.", ge=1)
    heads: int = Field(4, description="Of each layer.", ge=1)
    text_width: int = Field(48, description="Numbers that a slot's text comes to.", ge=4)
    dropout: float = Field(0.1, description="Of the query.", ge=0.0, lt=1.0)


@dataclass(frozen=True, eq=False)
class Inputs:
    """A batch.

    Attributes:
        points: [B, T, P, POINT_CHANNELS].
        centres: [B, T, 3] m.
        heights: [B, T] m over the table.
        tcp_m: [B, 3] the tool centre point.
        opening: [B, 1] of the fingers, 0..1.
        texts: [B, S, TEXT_DIM] sentence features, zeros for empty slots.
        kinds: [B, KINDS].
        mask: [B, T] tokens that count.
    """

    points: Tensor
    centres: Tensor
    heights: Tensor
    tcp_m: Tensor
    opening: Tensor
    texts: Tensor
    kinds: Tensor
    mask: Tensor


class _Layer(nn.Module):
    """Attention that fades with distance, differently in each head, and a query-scaled MLP."""

    def __init__(self, config: NetworkConfig, condition: int) -> None:
        super().__init__()
        width = config.width
        self._heads = config.heads
        self._normal = nn.LayerNorm(width, elementwise_affine=False)
        self._normal_mlp = nn.LayerNorm(width, elementwise_affine=False)
        self._scales = nn.Linear(condition, 4 * width)
        self._qkv = nn.Linear(width, 3 * width)
        self._out = nn.Linear(width, width)
        self._mlp = nn.Sequential(
            nn.Linear(width, 3 * width),
            nn.GELU(),
            nn.Linear(3 * width, width),
        )
        nn.init.zeros_(self._scales.weight)
        nn.init.zeros_(self._scales.bias)

    def forward(self, x: Tensor, condition: Tensor, bias: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        scale, shift, scale_mlp, shift_mlp = self._scales(condition)[:, None].chunk(4, dim=-1)
        qkv = self._qkv(self._normal(x) * (1.0 + scale) + shift)
        q, k, v = qkv.view(batch, tokens, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self._out(seen.transpose(1, 2).reshape(batch, tokens, width))
        return x + self._mlp(self._normal_mlp(x) * (1.0 + scale_mlp) + shift_mlp)


class KeypointNetwork(nn.Module):
    """Where, near which token, and whether at all.

    Args:
        config: sizes.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self._points = nn.Sequential(
            nn.Linear(POINT_CHANNELS, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, width), nn.GELU()
        )
        self._tokens = nn.Linear(2 * width + _TOKEN_CHANNELS, width)
        self._texts = nn.Linear(TEXT_DIM, config.text_width)
        condition = 128
        self._condition = nn.Sequential(
            nn.Linear(len(SLOTS) * config.text_width + KINDS + 1, condition),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(condition, condition),
        )
        self._layers = nn.ModuleList(_Layer(config, condition) for _ in range(config.layers))
        self._normal = nn.LayerNorm(width)
        self._heat = nn.Linear(width, 1)
        self._offset = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 3))
        self._absent = nn.Sequential(
            nn.Linear(2 * width + condition, 64), nn.GELU(), nn.Linear(64, 1)
        )

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Say where the keypoints of a batch of looks are.

        Returns:
            [B, T + 1] logits of "near this token", the last of "not there"; [B, T, 3] m from each
            token to the keypoint.
        """
        texts = self._texts(inputs.texts).flatten(1)
        condition = self._condition(torch.cat([texts, inputs.kinds, inputs.opening], dim=1))
        features = self._points(inputs.points)
        x = torch.cat([features.amax(dim=2), features.mean(dim=2), _places(inputs)], dim=2)
        x = self._tokens(x)
        bias = self._fading(inputs)
        for layer in self._layers:
            x = layer(x, condition, bias)
        x = self._normal(x)
        heat = self._heat(x)[..., 0].masked_fill(~inputs.mask, -1e4)
        weights = heat.softmax(dim=1)
        best = (weights[..., None] * x).sum(dim=1)
        absent = self._absent(torch.cat([best, x.amax(dim=1), condition], dim=1))
        # Relative to what the heatmap holds altogether, so that it is a score of its own.
        absent = absent + heat.logsumexp(dim=1, keepdim=True).detach()
        return torch.cat([heat, absent], dim=1), self._offset(x) * OFFSET_M

    @torch.no_grad()
    def _fading(self, inputs: Inputs) -> Tensor:
        """[B, H, T, T] of attention's logits: by distance, from heads that see a few centimetres
        to one that sees everything."""
        distance = torch.cdist(inputs.centres, inputs.centres)
        reach = torch.logspace(*_REACH_LOG10_M, self.config.heads)
        bias = -distance[:, None] / reach[:, None, None]
        return bias.masked_fill(~inputs.mask[:, None, None, :], -1e4)


def _places(inputs: Inputs) -> Tensor:
    centres = inputs.centres
    waves = [
        wave(centres * (2.0**octave * 2.0 * torch.pi))
        for octave in range(_FREQUENCIES)
        for wave in (torch.sin, torch.cos)
    ]
    from_tcp = (centres - inputs.tcp_m[:, None]) / 0.3
    return torch.cat([centres, *waves, inputs.heights[..., None] / 0.1, from_tcp], dim=2)
