"""Objective 1: masked autoencoding of the cloud (CLAR's first; the recipe is Point-MAE's).

Most patches are hidden, the encoder sees the rest, and a small decoder, told only where the
hidden patches were, reconstructs their points. Coordinates say what shape is missing, colours
what surface.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import (
    POINT_CHANNELS,
    ClarEncoder,
    PositionEmbedding,
    TransformerBlock,
    initialise,
)
from clap_learning.clar.patch_batch import PatchBatch
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch


class MaskedConfig(BaseModel, frozen=True, extra="forbid"):
    """How much is hidden, and what reconstructs it."""

    ratio: float = Field(0.6, description="Share of the patches that is hidden.", gt=0.0, lt=1.0)
    decoder_depth: int = Field(4, description="Transformer blocks of the decoder.", ge=1, le=32)
    colour_weight: float = Field(
        0.1, description="Weight of the colours' error beside the shape's.", ge=0.0
    )


class MaskedReconstruction(nn.Module):
    """Hides patches of a cloud and reconstructs them.

    Args:
        encoder: sizes of the encoder that it trains.
        config: how much is hidden.
    """

    def __init__(self, encoder: EncoderConfig, config: MaskedConfig | None = None) -> None:
        super().__init__()
        self.config = config or MaskedConfig()
        self.patch_points = encoder.patch_points
        # At least one patch is seen, and one hidden.
        wanted = round(encoder.patches * self.config.ratio)
        self.hidden = min(max(wanted, 1), encoder.patches - 1)
        self.mask_token = nn.Parameter(torch.zeros(encoder.width))
        nn.init.trunc_normal_(self.mask_token, std=0.02)
        self.position = PositionEmbedding(encoder.width)
        self.blocks = nn.ModuleList(
            TransformerBlock(encoder.width, encoder.heads, encoder.expansion, 0.0)
            for _ in range(self.config.decoder_depth)
        )
        self.norm = nn.LayerNorm(encoder.width)
        self.head = nn.Linear(encoder.width, encoder.patch_points * POINT_CHANNELS)
        self.blocks.apply(initialise)

    def forward(
        self,
        batch: TrainingBatch | PatchBatch,
        encoder: ClarEncoder,
        shared: SharedPass | None = None,
    ) -> dict[str, Tensor]:
        """Losses ``shape`` (Chamfer-L2 in squared patch units) and ``colour``.

        Args:
            batch: of scenes, or of their patches alone.
            encoder: that is trained.
            shared: not used: tokens of all patches have seen what is to be guessed.
        """
        patches = batch if isinstance(batch, PatchBatch) else batch.patches
        visible, hidden = self.split(patches)
        tokens = encoder(patches, visible)
        rows = torch.arange(len(tokens), device=tokens.device)[:, None]
        guessed = self.reconstruct(
            tokens, patches.centers[rows, visible], patches.centers[rows, hidden]
        )
        shape, colour = chamfer(guessed, patches.points[rows, hidden])
        return {"shape": shape, "colour": self.config.colour_weight * colour}

    def split(self, batch: PatchBatch) -> tuple[Tensor, Tensor]:
        """Random indices of the visible and of the hidden patches, [B, V] and [B, H]."""
        count, patches = batch.centers.shape[:2]
        order = torch.rand(count, patches, device=batch.centers.device).argsort(dim=1)
        return order[:, self.hidden :], order[:, : self.hidden]

    def reconstruct(self, tokens: Tensor, seen: Tensor, wanted: Tensor) -> Tensor:
        """The points of the hidden patches.

        Args:
            tokens: [B, V, width] of the visible patches.
            seen: [B, V, 3] their centres.
            wanted: [B, H, 3] centres of the hidden ones.

        Returns:
            [B, H, K, 6].
        """
        count = wanted.shape[1]
        masks = self.mask_token.expand(len(tokens), count, -1)
        tokens = torch.cat([tokens, masks], dim=1)
        tokens = tokens + self.position(torch.cat([seen, wanted], dim=1))
        for block in self.blocks:
            tokens = block(tokens)
        points: Tensor = self.head(self.norm(tokens[:, -count:]))
        return points.view(len(tokens), count, self.patch_points, POINT_CHANNELS)


def chamfer(guessed: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """Chamfer-L2 distance of patches (Point-MAE, equation 3), and how wrong the colours are.

    Args:
        guessed, true: [..., K, 6] relative positions and colours.

    Returns:
        The sum of both directions' mean squared distances to the nearest point, and the mean
        absolute difference between each true point's colour and that of the guess nearest to it.
    """
    # Differences, not a product of matrices: exact near zero, and faster for so few points.
    exact = "donot_use_mm_for_euclid_dist"
    between = torch.cdist(
        guessed[..., :3].float(), true[..., :3].float(), compute_mode=exact
    ).square()
    to_true, _ = between.min(dim=-1)
    to_guess, nearest = between.min(dim=-2)
    colours = guessed[..., 3:].gather(-2, nearest[..., None].expand(*nearest.shape, 3))
    return to_true.mean() + to_guess.mean(), functional.l1_loss(colours, true[..., 3:])
