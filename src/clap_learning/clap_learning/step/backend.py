"""The step policy behind the interface of the suites' agents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from torch import Tensor

from clap_core.backends import SmallStepPolicy
from clap_core.errors import ClapError, ErrorCode
from clap_core.step_types import StepObservation
from clap_learning.step.eyes import stacked
from clap_learning.step.weights import STEP_FOLDER
from clap_learning.teachers.minilm import MiniLmTeacher


class StepPolicySettings(BaseModel, frozen=True, extra="forbid"):
    """What it moves with."""

    weights: str = Field("", description="folder, as ./clap train step writes it")


class LearnedStepPolicy(SmallStepPolicy):
    """Moves as it was shown.

    Args:
        settings: what it moves with.

    Raises:
        ClapError: INVALID_REQUEST if there are no weights in the folder.
    """

    settings_type = StepPolicySettings

    def __init__(self, settings: StepPolicySettings) -> None:
        if not settings.weights:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                "the step policy has no weights: none ship with the stack",
                "Train it with `./clap train step`, and add --set weights=DIR",
            )
        self._network, said = STEP_FOLDER.load(Path(settings.weights))
        self._config = said.network
        self._words = MiniLmTeacher()

    def act(self, observation: StepObservation) -> NDArray[np.float32]:
        """[executed, A] the next steps."""
        if observation.state.shape != (self._config.state,):
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the policy was trained with {self._config.state} numbers of state, and there are "
                f"{observation.state.shape}",
                "Train it on demonstrations of this suite",
            )
        return self.decide(observation, self.encode(observation))

    @torch.inference_mode()
    def encode(self, observation: StepObservation) -> tuple[Tensor, Tensor]:
        """Tokens of a look's cloud and where they are; the first half of `act`."""
        seen: tuple[Tensor, Tensor] = self._network.eyes(
            *stacked([self._network.eyes.prepare(observation.cloud)])
        )
        return seen

    @torch.inference_mode()
    def decide(
        self, observation: StepObservation, seen: tuple[Tensor, Tensor]
    ) -> NDArray[np.float32]:
        """[executed, A] the next steps; the second half."""
        state = torch.from_numpy(np.asarray(observation.state, np.float32))[None]
        words = self._words.encode([observation.instruction])
        said = self._network(*seen, state, words)[0, : self._config.executed]
        chunk: NDArray[np.float32] = said.clamp(-1.0, 1.0).numpy()
        return chunk
