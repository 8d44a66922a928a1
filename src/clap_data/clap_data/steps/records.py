"""What is said of a demonstration in steps, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt

from clap_data.archives import ArchiveKind

STEPS_FORMAT: Final = "clap-steps"
STEPS_VERSION: Final = 1
"""Raised with every change that an older reader would not understand."""

STEPS_SUFFIX = ".steps"

STEPS_KIND = ArchiveKind(
    name="demonstration",
    description="a demonstration in steps",
    content="the demonstrations",
    writers="`./clap data metaworld`",
    maker="`./clap data metaworld`",
    format=STEPS_FORMAT,
    version=STEPS_VERSION,
)


class StepsRecord(BaseModel):
    """All of a demonstration but its numbers.

    Attributes:
        suite, variation: what was played.
        seed: of the episode.
        instruction: what the person said.
        software: what wrote it.
        rate_hz: steps in a second.
        action_names, state_names: what their numbers are.
        shake: standard deviation of what was added to the expert's actions; the actions stored are
            the expert's.
        steps: how many there are.
        points: of the largest cloud.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["clap-steps"] = STEPS_FORMAT
    version: Literal[1] = STEPS_VERSION
    suite: str
    variation: str
    seed: NonNegativeInt
    instruction: str
    software: str = ""
    rate_hz: FiniteFloat = Field(gt=0.0)
    action_names: tuple[str, ...] = Field(min_length=1)
    state_names: tuple[str, ...]
    shake: FiniteFloat = Field(0.0, ge=0.0)
    steps: int = Field(ge=1)
    points: int = Field(ge=1)


@dataclass(frozen=True, eq=False)
class StepArrays:
    """The numbers of a demonstration with T steps and clouds of at most N points.

    Attributes:
        counts: [T] int32 points of each cloud; the rows after them are zero.
        xyz_m: [T, N, 3] float32 base frame, m; kept to a tenth of a millimetre.
        rgb: [T, N, 3] uint8.
        states: [T, D] float32 before each step.
        actions: [T, A] float32 of the expert.
    """

    counts: NDArray[np.int32]
    xyz_m: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    states: NDArray[np.float32]
    actions: NDArray[np.float32]
