"""What a suite of small steps has to offer: one door for all of them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.scoring.suites import Listing
from clap_core.step_types import StepObservation

Action = NDArray[np.float32]


class StepWorld(Protocol):
    """One task of a suite, to be played again and again. It belongs to the thread that made it.

    Attributes:
        action_names: what the numbers of an action are.
        state_names: what the numbers of `StepObservation.state` are.
        rate_hz: steps in a simulated second.
        max_steps: how many an episode has.
    """

    action_names: tuple[str, ...]
    state_names: tuple[str, ...]
    rate_hz: float
    max_steps: int

    def reset(self, seed: int) -> None:
        """Begin an episode; the same seed gives the same one.

        Raises:
            ClapError: it cannot be begun on this computer, with the command that cures it.
        """
        ...

    def view(self) -> StepObservation:
        """Look; nothing moves. The instruction is the task's published one.

        Raises:
            ClapError: INTERNAL if this machine cannot render.
        """
        ...

    def step(self, action: Action) -> None:
        """Move for one step.

        Args:
            action: [A] from -1 to 1; clipped.
        """
        ...

    @property
    def success(self) -> bool:
        """Whether the task is done now; False at the start of each episode."""
        ...

    def expert(self) -> Action:
        """[A] what the suite's own expert does next, knowing the truth.

        Raises:
            ClapError: INVALID_REQUEST if the suite has no expert.
        """
        ...

    def close(self) -> None:
        """Free the simulation and the renderer."""
        ...


class StepSuite(Listing, Protocol):
    """What the module of such a suite offers. It can be imported where the suite is not set up."""

    def check(self) -> None:
        """Raises ClapError, with the one command that cures it, if it cannot be played here."""
        ...

    def software(self) -> str:
        """What plays, and its version."""
        ...

    def world(self, variation: str) -> StepWorld:
        """The world of a task; raises ClapError like `check`, or if there is no such task."""
        ...
