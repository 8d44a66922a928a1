"""Objective 2: global contrast with frozen teachers (CLAR's second; ReCon's recipe is near it).

A whole cloud's feature has to find, among the batch, the feature of its own images and that of
its own caption. The paper's weights and sizes were not available: those here are ours.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, Field
from torch import Tensor, nn

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder, initialise
from clap_learning.clar.info_nce import Standardise, Temperature, info_nce
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import Teacher, TextTeacher, mean_over_views


class ContrastConfig(BaseModel, frozen=True, extra="forbid"):
    """Sizes and weights of the global contrast."""

    width: int = Field(256, description="Features that are compared.", ge=8, le=4096)
    temperature: float = Field(
        0.07, description="First value of the learned temperatures.", ge=0.01, le=1.0
    )
    image_weight: float = Field(1.0, description="Weight of the contrast with images.", ge=0.0)
    text_weight: float = Field(0.5, description="Weight of the contrast with captions.", ge=0.0)


class GlobalContrast(nn.Module):
    """Clouds against images and captions, each pair of sets with a temperature of its own.

    The teachers are no part of the module: they are neither trained nor stored with it.

    Args:
        encoder: sizes of the encoder that it trains.
        teacher: of images.
        text_teacher: of captions; without it the text side is switched off.
        config: sizes and weights.
    """

    def __init__(
        self,
        encoder: EncoderConfig,
        teacher: Teacher,
        text_teacher: TextTeacher | None = None,
        config: ContrastConfig | None = None,
    ) -> None:
        super().__init__()
        self.config = config or ContrastConfig()
        if self.config.text_weight == 0.0:
            text_teacher = None
        self._teachers = (teacher, text_teacher)  # In a tuple, where torch does not find them.
        self.image = _Side(encoder.width, teacher.pooled_dim, self.config)
        self.text = _Side(encoder.width, text_teacher.dim, self.config) if text_teacher else None
        self.apply(initialise)

    def forward(
        self, batch: TrainingBatch, encoder: ClarEncoder, shared: SharedPass | None = None
    ) -> dict[str, Tensor]:
        """Losses ``image`` and, with a text teacher, ``text``, with their weights.

        A scene without views, or without a caption, takes no part in that loss; where a batch
        has no pair with a negative, the loss is zero.

        Args:
            batch: of scenes.
            encoder: that is trained.
            shared: what other objectives computed already.
        """
        teacher, text_teacher = self._teachers
        shared = shared or SharedPass.over(batch, encoder, teacher)
        cloud = pool(shared.tokens)
        images = mean_over_views(shared.views.pooled, batch.view_mask)
        losses = {
            "image": self.config.image_weight
            * self.image(cloud, images, batch.view_mask.any(dim=1))
        }
        if self.text is not None and text_teacher is not None:
            texts = batch.text
            if texts is None:
                texts = text_teacher.encode(batch.captions).to(cloud.device)
            present = torch.tensor(
                [bool(caption.strip()) for caption in batch.captions], device=cloud.device
            )
            # The same caption on two scenes makes neither a negative of the other.
            losses["text"] = self.config.text_weight * self.text(cloud, texts, present, texts)
        return losses


class _Side(nn.Module):
    """The projections that meet, and their temperature."""

    def __init__(self, width: int, teacher_dim: int, config: ContrastConfig) -> None:
        super().__init__()
        self.from_cloud = nn.Sequential(
            nn.Linear(2 * width, 2 * width), nn.GELU(), nn.Linear(2 * width, config.width)
        )
        self.standardise = Standardise(teacher_dim)
        self.from_teacher = nn.Linear(teacher_dim, config.width)
        self.temperature = Temperature(config.temperature)

    def forward(
        self, cloud: Tensor, teacher: Tensor, present: Tensor, same: Tensor | None = None
    ) -> Tensor:
        """Clouds [B, 2 width] against the teacher's features [B, D]; see `info_nce`."""
        self.standardise.update(teacher[present])
        projected = self.from_teacher(self.standardise(teacher))
        return info_nce(self.from_cloud(cloud), projected, self.temperature(), present, same)


def pool(tokens: Tensor) -> Tensor:
    """[B, G, width] to [B, 2 width]: the largest, and the mean, of each feature (Point-MAE)."""
    return torch.cat([tokens.amax(dim=1), tokens.mean(dim=1)], dim=-1)
