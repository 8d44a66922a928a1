"""What the objectives of a step share, so that it is computed once."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.teachers.teacher import Teacher, ViewFeatures


@dataclass(frozen=True)
class SharedPass:
    """The encoder over all patches, and a teacher's features of all views.

    Attributes:
        tokens: [B, G, width].
        views: of the teacher.
    """

    tokens: Tensor
    views: ViewFeatures

    @classmethod
    def over(cls, batch: TrainingBatch, encoder: ClarEncoder, teacher: Teacher) -> SharedPass:
        """Look at a batch once; what was looked up of the views is taken as it is.

        Raises:
            ClapError: INVALID_REQUEST if the batch has neither features nor images.
        """
        views = batch.views
        if views is None:
            if batch.images is None:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"the batch has nothing for the teacher '{teacher.name}' to look at",
                    "Give the loader a cache of the teacher's features, or let it send images",
                )
            views = teacher.look(batch.images)
        return cls(encoder(batch.patches), views)
