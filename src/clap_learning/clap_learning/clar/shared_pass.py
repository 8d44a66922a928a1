"""What the objectives of a step share, so that it is computed once."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import Teacher, ViewFeatures


@dataclass(frozen=True)
class SharedPass:
    """The encoder over all patches, and the teacher over all views.

    Attributes:
        tokens: [B, G, width].
        views: of the teacher.
    """

    tokens: Tensor
    views: ViewFeatures

    @classmethod
    def over(cls, batch: TrainingBatch, encoder: ClarEncoder, teacher: Teacher) -> SharedPass:
        """Look at a batch once."""
        return cls(encoder(batch.patches), teacher.look(batch.images))
