"""Encoder and objectives as one module, which is what is trained."""

from __future__ import annotations

from torch import Tensor, nn

from clap_learning.clar.alignment import LocalAlignment
from clap_learning.clar.contrast import GlobalContrast
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.masked import MaskedReconstruction
from clap_learning.clar.shared_pass import SharedPass
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.pretraining.config import GLOBAL, LOCAL, MASKED, PretrainingConfig
from clap_learning.teachers.teacher import Teacher, TextTeacher


class Pretrainer(nn.Module):
    """The encoder with the objectives that a config names.

    Args:
        config: of the run.
        teacher: of images; only masked reconstruction does without.
        text_teacher: of captions, or None.
    """

    def __init__(
        self, config: PretrainingConfig, teacher: Teacher | None, text_teacher: TextTeacher | None
    ) -> None:
        super().__init__()
        sizes = config.encoder_config
        self._teacher = (teacher,)  # In a tuple, where torch does not find it.
        self.encoder = ClarEncoder(sizes)
        self.objectives = nn.ModuleDict()
        for name in config.objectives:
            if name == MASKED:
                self.objectives[name] = MaskedReconstruction(sizes, config.masked)
                continue
            if teacher is None:
                raise ValueError(f"the objective '{name}' needs a teacher")
            if name == GLOBAL:
                self.objectives[name] = GlobalContrast(
                    sizes, teacher, text_teacher, config.contrast
                )
            elif name == LOCAL:
                self.objectives[name] = LocalAlignment(sizes, teacher, config.alignment)

    def forward(self, batch: TrainingBatch) -> dict[str, Tensor]:
        """All losses of a batch, with their weights; the encoder sees the whole clouds once."""
        teacher = self._teacher[0]
        shared = None if teacher is None else SharedPass.over(batch, self.encoder, teacher)
        losses: dict[str, Tensor] = {}
        for objective in self.objectives.values():
            losses |= objective(batch, self.encoder, shared)
        return losses

    def parameter_groups(self, weight_decay: float) -> list[dict[str, object]]:
        """For AdamW: only matrices decay."""
        groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for parameter in self.parameters():
            groups[parameter.ndim > 1].append(parameter)
        return [
            {"params": groups[True], "weight_decay": weight_decay},
            {"params": groups[False], "weight_decay": 0.0},
        ]
