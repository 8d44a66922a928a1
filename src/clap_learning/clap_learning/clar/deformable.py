"""Deformable attention from 3D patches into the feature maps of several views.

After Deformable DETR (Zhu et al., ICLR 2021, section 4.1, equation 2), with three differences.
The reference point is the patch's projection, as CLAR has it. The offsets are bounded, so that a
patch looks around where it is, and nowhere else. The values are the map's features as they are:
there is no value projection, and all heads share one softmax, so that what is gathered is a
convex mixture of the frozen teacher's features and lies in the teacher's own space.
"""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, Field, model_validator
from torch import Tensor, nn

from clap_learning.clar.projection import to_cells

CAMERA_CHANNELS = 7
"""What a query is told of a view: its image axes in the base frame, and its distance in m."""


class DeformableConfig(BaseModel, frozen=True, extra="forbid"):
    """Where a patch may look."""

    heads: int = Field(4, description="Directions of the sampling points at first.", ge=1)
    points: int = Field(4, description="Sampling points of a head in a view.", ge=1)
    spread_cells: float = Field(
        0.5,
        description="Distance between a head's points at first, in cells of the teacher's map. "
        "Deformable DETR has 1; our maps are coarser beside what they show.",
        gt=0.0,
    )
    bound_cells: float = Field(
        4.0, description="Farthest offset along an axis, in cells of the teacher's map.", gt=0.0
    )

    @model_validator(mode="after")
    def _check(self) -> DeformableConfig:
        if self.points * self.spread_cells >= self.bound_cells:
            raise ValueError("bound_cells must exceed points * spread_cells")
        return self


class DeformableAttention(nn.Module):
    """Gathers a feature for every patch.

    Args:
        width: features of a patch's token.
        config: where a patch may look.
    """

    def __init__(self, width: int, config: DeformableConfig) -> None:
        super().__init__()
        self.config = config
        samples = config.heads * config.points
        # The same patch's left and right are elsewhere in every view.
        self.camera = nn.Linear(CAMERA_CHANNELS, width)
        self.norm = nn.LayerNorm(width)
        self.offsets = nn.Linear(width, 2 * samples)
        self.weights = nn.Linear(width, samples)

    def start(self) -> None:
        """Deformable DETR's start: head h looks into direction h, point p at p + 1 steps; all
        weights are equal, and nothing depends on the token yet."""
        angles = torch.arange(self.config.heads) * (2.0 * math.pi / self.config.heads)
        directions = torch.stack([angles.cos(), angles.sin()], dim=-1)
        directions = directions / directions.abs().amax(dim=-1, keepdim=True)
        steps = torch.arange(1, self.config.points + 1) * self.config.spread_cells
        spread = directions[:, None] * steps[:, None]
        with torch.no_grad():
            self.offsets.bias.copy_((spread / self.config.bound_cells).atanh().flatten())
        for parameter in (self.offsets.weight, self.weights.weight, self.weights.bias):
            nn.init.zeros_(parameter)

    def forward(
        self,
        tokens: Tensor,
        maps: Tensor,
        pixels: Tensor,
        depth_m: Tensor,
        seen: Tensor,
        base_T_camera: Tensor,
        image_size: tuple[int, int],
    ) -> Tensor:
        """What each patch gathered.

        Args:
            tokens: [B, G, width].
            maps: [B, V, C, h, w] of the teacher.
            pixels, depth_m, seen: [B, V, G, 2], [B, V, G] m and [B, V, G] bool, where each patch
                is in each view, and whether it is seen there (`clar.projection`).
            base_T_camera: [B, V, 4, 4] poses of the optical frames, m.
            image_size: height and width of the images, pixels.

        Returns:
            [B, G, C]; what stands there for a patch that no view sees means nothing (but is
            finite, and its weights sum to one).
        """
        places, weights = self.look(tokens, maps, pixels, depth_m, seen, base_T_camera, image_size)
        return gather(maps, places, weights)

    def look(
        self,
        tokens: Tensor,
        maps: Tensor,
        pixels: Tensor,
        depth_m: Tensor,
        seen: Tensor,
        base_T_camera: Tensor,
        image_size: tuple[int, int],
    ) -> tuple[Tensor, Tensor]:
        """Where each patch looks, and the weight of what it finds there.

        Returns:
            Places [B, V, G, S, 2] in cells (column, row), S = heads * points, and weights
            [B, V, G, S] that sum to one over V and S.
        """
        axes = base_T_camera[..., :3, :2].flatten(2)
        axes = axes[:, :, None].expand(*depth_m.shape, axes.shape[-1])
        cameras = torch.cat([axes, depth_m[..., None].clamp(-2.0, 2.0)], dim=-1)
        queries = self.norm(tokens)[:, None] + self.camera(cameras)
        samples = self.config.heads * self.config.points
        offsets = self.offsets(queries).float().unflatten(-1, (samples, 2)).tanh()
        rows, columns = maps.shape[-2:]
        cells = to_cells(pixels, image_size, (rows, columns))
        cells = torch.where(seen[..., None], cells, 0.0)
        places = cells[..., None, :] + self.config.bound_cells * offsets
        limits = places.new_tensor([columns - 1.0, rows - 1.0])
        places = places.clamp(min=torch.zeros_like(limits), max=limits)

        logits = self.weights(queries).float()
        logits = logits.masked_fill(~seen[..., None], torch.finfo(logits.dtype).min)
        flat = logits.permute(0, 2, 1, 3).flatten(2).softmax(dim=-1)
        weights = flat.unflatten(-1, (maps.shape[1], samples)).permute(0, 2, 1, 3)
        return places, weights


def gather(maps: Tensor, places: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum of a map's features at places between its cells.

    Bilinear interpolation is a product of two tents, so all samples of a patch become one small
    weight image that is multiplied with the map: the same as ``grid_sample`` (a test compares),
    without a feature vector for every sample, which would be tens of times the memory.

    Args:
        maps: [B, V, C, h, w].
        places: [B, V, G, S, 2] columns and rows in cells, within the map.
        weights: [B, V, G, S].

    Returns:
        [B, G, C].
    """
    rows, columns = maps.shape[-2:]
    along = [torch.arange(size, device=maps.device, dtype=places.dtype) for size in (columns, rows)]
    tents = [(1.0 - (places[..., [k]] - along[k]).abs()).clamp(min=0.0) for k in range(2)]
    heeded = torch.einsum("bvgs,bvgsr,bvgsc->bvgrc", weights, tents[1], tents[0])
    return torch.einsum("bvgrc,bvfrc->bgf", heeded, maps.to(heeded.dtype))
