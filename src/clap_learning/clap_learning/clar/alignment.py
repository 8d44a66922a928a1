"""Objective 3: local alignment by deformable attention (CLAR's third).

The cloud is cropped, the image is not: around a patch's projection the image shows things that
the cloud lacks, and a patch at a silhouette projects onto what is behind it. So a patch is not
compared with the one feature at its projection; it gathers from places around it, in all views
that see it, that it chooses itself.

What it gathered has to be in the space of the frozen teacher. If the values were projected by
learned weights, both sides of the comparison could shrink to the same constant. Here the target
is a mixture of real features of real places within ``bound_cells``, and the patch can only choose
among them; and since the comparison is with the other patches' targets, choosing what looks the
same everywhere does not pay. Gradients do flow into the target: it is how offsets are learned.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn
from torch.nn import functional

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.deformable import DeformableAttention, DeformableConfig
from clap_learning.clar.encoder import ClarEncoder, initialise
from clap_learning.clar.info_nce import Standardise, Temperature, info_nce
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import Teacher


class AlignmentConfig(BaseModel, frozen=True, extra="forbid"):
    """Where patches look, and how what they find is compared."""

    look: DeformableConfig = Field(DeformableConfig(), description="Where a patch may look.")
    same_place_m: float = Field(
        0.03,
        description="Patches of a scene whose centres are nearer than this in m are no negatives "
        "of each other: they share the teacher's cell, which shows 3 to 6 cm.",
        ge=0.0,
    )
    temperature: float = Field(
        0.1, description="First value of the learned temperature.", ge=0.01, le=1.0
    )
    patches: int = Field(
        4096,
        description="Most patches of a process that are compared with each other; of more, as "
        "many are drawn. Bounds the matrix of cosines.",
        ge=2,
    )
    contrast_weight: float = Field(1.0, description="Weight of the InfoNCE loss.", ge=0.0)
    cosine_weight: float = Field(
        0.5,
        description="Weight of 1 - cosine. The contrast knows only which is nearer; this pulls "
        "the feature itself to its place in the teacher's space.",
        ge=0.0,
    )


class LocalAlignment(nn.Module):
    """Every patch predicts what it gathered from the views that see it.

    The teacher is no part of the module: it is neither trained nor stored with it.

    Args:
        encoder: sizes of the encoder that it trains.
        teacher: of images.
        config: where patches look, and how what they find is compared.
    """

    def __init__(
        self, encoder: EncoderConfig, teacher: Teacher, config: AlignmentConfig | None = None
    ) -> None:
        super().__init__()
        self.config = config or AlignmentConfig()
        self._teacher = (teacher,)  # In a tuple, where torch does not find it.
        self.attention = DeformableAttention(encoder.width, self.config.look)
        self.standardise = Standardise(teacher.dim)
        self.predict = nn.Sequential(
            nn.Linear(encoder.width, encoder.width),
            nn.GELU(),
            nn.Linear(encoder.width, teacher.dim),
        )
        self.temperature = Temperature(self.config.temperature)
        self.apply(initialise)
        self.attention.start()

    def forward(
        self, batch: TrainingBatch, encoder: ClarEncoder, shared: SharedPass | None = None
    ) -> dict[str, Tensor]:
        """Losses ``local`` and ``local_cosine``, with their weights.

        Patches that no view sees take no part. Where none is seen at all, both losses are zero
        and still connected to every parameter, as training in several processes needs it.

        Args:
            batch: of scenes.
            encoder: that is trained.
            shared: what other objectives computed already.
        """
        shared = shared or SharedPass.over(batch, encoder, self._teacher[0])
        predicted, gathered, taking_part = self.pairs(batch, shared)
        chosen = self._draw(taking_part)
        predicted, gathered = predicted.flatten(0, 1)[chosen], gathered.flatten(0, 1)[chosen]
        taking_part = taking_part.flatten()[chosen]
        same_place = self._same_place(batch.patches.centers, chosen)
        contrast = info_nce(
            predicted, gathered, self.temperature(), taking_part, excluded=same_place
        )
        apart = 1.0 - functional.cosine_similarity(predicted.float(), gathered.float(), dim=-1)
        apart = torch.where(taking_part, apart, 0.0).sum() / taking_part.sum().clamp(min=1)
        return {
            "local": self.config.contrast_weight * contrast,
            "local_cosine": self.config.cosine_weight * apart,
        }

    def pairs(self, batch: TrainingBatch, shared: SharedPass) -> tuple[Tensor, Tensor, Tensor]:
        """What is compared.

        Returns:
            Predicted and gathered features, both [B, G, C], and [B, G] whether any view sees the
            patch.
        """
        maps = shared.views.maps
        if self.standardise.is_learning:
            self.standardise.update(maps[batch.view_mask].movedim(1, -1).flatten(0, -2))
        gathered = self.attention(
            shared.tokens,
            maps,
            batch.pixels,
            batch.depth_m,
            batch.seen,
            batch.base_T_camera,
            batch.image_size,
        )
        # Weights sum to one, so it is the same whether places or mixtures are standardised.
        return self.predict(shared.tokens), self.standardise(gathered), batch.seen.any(dim=1)

    def _draw(self, taking_part: Tensor) -> Tensor:
        """Indices of the patches that are compared: all, or of too many those that are seen
        first, in random order.

        As many in every process and step, whatever is seen.
        """
        if taking_part.numel() <= self.config.patches:
            return torch.arange(taking_part.numel(), device=taking_part.device)
        order = torch.rand(taking_part.numel(), device=taking_part.device)
        order = order + (~taking_part.flatten()).to(order.dtype)
        return order.argsort()[: self.config.patches]

    def _same_place(self, centers: Tensor, chosen: Tensor) -> Tensor:
        """Which of the chosen patches are of one place: [N, N] of centres [B, G, 3]."""
        scenes, patches = centers.shape[:2]
        apart = torch.cdist(centers.float(), centers.float(), compute_mode=EXACTLY)
        near = torch.zeros(
            scenes, patches, scenes, patches, dtype=torch.bool, device=centers.device
        )
        each = torch.arange(scenes, device=centers.device)
        near[each, :, each] = apart < self.config.same_place_m
        near = near.flatten(2).flatten(0, 1)
        return near if len(chosen) == len(near) else near[chosen][:, chosen]


EXACTLY = "donot_use_mm_for_euclid_dist"
"""How `torch.cdist` is not some millimetres off."""
