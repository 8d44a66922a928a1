"""What a keypoint finder answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Keypoint


@dataclass(frozen=True, eq=False)
class KeypointAnswer:
    """Where a sub-task happens, or why no such place is named, and what else was considered.

    Attributes:
        keypoint: the place; None if there is no one place, and `refusal` says why.
        refusal: OBJECT_NOT_FOUND or AMBIGUOUS; None with a keypoint.
        absent: 0..1, probability that what the words name is not in the scene.
        done: 0..1, probability that what the sub-task brings about is already so; 0 for finders
            that do not look for it.
        candidates: places that were considered, the most probable first, the keypoint among them.
        heatmaps: by camera, [H, W] float32 0..1: where in its picture the model looked; for
            finders that look at pictures.
        seen: names of everything that stands out in the scene.
    """

    keypoint: Keypoint | None
    refusal: ClapError | None = None
    absent: float = 0.0
    done: float = 0.0
    candidates: tuple[Keypoint, ...] = ()
    heatmaps: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.keypoint is None) == (self.refusal is None):
            raise ValueError("an answer has either a keypoint or a refusal")
        for name, value in (("absent", self.absent), ("done", self.done)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be a probability, got {value}")

    def require(self) -> Keypoint:
        """The keypoint.

        Raises:
            ClapError: the refusal, with what was seen.
        """
        if self.keypoint is None:
            assert self.refusal is not None
            raise self.refusal
        return self.keypoint


REFUSALS = (ErrorCode.OBJECT_NOT_FOUND, ErrorCode.AMBIGUOUS)
"""What a refusal may say; anything else is a failure, and raised."""
