"""Patches as they are commonly written in PyTorch, to compare `make_patches` with."""

from __future__ import annotations

import torch
from torch import Tensor

from clap_learning.clar.config import EncoderConfig


def plain_patches(xyz: Tensor, rgb: Tensor, config: EncoderConfig) -> tuple[Tensor, Tensor]:
    """Farthest points in a loop, neighbours by ``cdist`` and ``topk``.

    Args:
        xyz: [N, 3] m in the base frame; N is ``config.points``.
        rgb: [N, 3] colours, uint8.
        config: sizes.

    Returns:
        Centres [G, 3] and points [G, K, 6], as `make_patches` gives them.
    """
    chosen = torch.empty(config.patches, dtype=torch.long)
    nearest = torch.full((len(xyz),), torch.inf)
    current = torch.tensor(0)
    for place in range(config.patches):
        chosen[place] = current
        nearest = torch.minimum(nearest, (xyz - xyz[current]).square().sum(dim=1))
        current = nearest.argmax()
    centers = xyz[chosen]
    near = torch.cdist(centers, xyz).topk(config.patch_points, largest=False).indices
    relative = (xyz[near] - centers[:, None]) / config.patch_scale_m
    colours = rgb[near].float() / 127.5 - 1.0
    return centers, torch.cat([relative, colours], dim=-1)
