"""One episode in small steps, judged after each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clap_bench.steps.world import Action, StepWorld
from clap_bench.suite.episode import EpisodeOverError
from clap_core.errors import ClapError, ErrorCode
from clap_core.step_types import StepObservation


class StepEpisode:
    """A running episode: it ends with the first step after which the task is done, or the last.

    Args:
        world: the task's; the episode begins in it at once.
        seed: of the episode.
        instruction: replaces the task's own wording.

    Attributes:
        world: the task's.
        seed: of the episode.
        steps: how many were taken.
        success: whether the task was done after one of them.

    Raises:
        ClapError: see `StepWorld.reset`.
    """

    def __init__(self, world: StepWorld, seed: int, instruction: str = "") -> None:
        self.world = world
        self.seed = seed
        self._instruction = instruction
        self.steps = 0
        world.reset(seed)
        self.success = world.success

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.success or self.steps >= self.world.max_steps

    def view(self) -> StepObservation:
        """Look."""
        seen = self.world.view()
        return replace(seen, instruction=self._instruction) if self._instruction else seen

    def step(self, action: Action) -> None:
        """Take a step, then judge.

        Raises:
            EpisodeOverError: the episode has ended; by this step or before it.
            ClapError: INVALID_REQUEST if that is no action of this suite.
        """
        if self.over:
            raise EpisodeOverError
        wanted = len(self.world.action_names)
        given = np.asarray(action, dtype=np.float32)
        if given.shape != (wanted,) or not np.isfinite(given).all():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"an action is [{wanted}] finite numbers ({', '.join(self.world.action_names)}), "
                f"got {given.shape}",
                "Use a policy that was trained on this suite",
            )
        self.world.step(given)
        self.steps += 1
        self.success = self.world.success
        if self.over:
            raise EpisodeOverError
