"""Plays one episode in steps for a scoring, whatever the agent does."""

from __future__ import annotations

from clap_bench.steps.agents import PolicyPlayer, StepPlayer
from clap_bench.steps.episode import StepEpisode
from clap_bench.steps.finding import find_step_suite
from clap_bench.steps.world import StepWorld
from clap_bench.suite.scoring.play import (
    DONE_BEFOREHAND,
    Terms,
    Trial,
    TrialResult,
    failure,
    how_it_ended,
    trace_of_now,
)
from clap_core.errors import ClapError


class StepStage:
    """The worlds of a scoring, and who plays in them.

    Args:
        player: who plays.
        terms: of the scoring.
    """

    def __init__(self, player: StepPlayer, terms: Terms) -> None:
        self._player = player
        self._terms = terms
        self._world: tuple[str, StepWorld] | None = None
        self._must_see = isinstance(player, PolicyPlayer)

    def play(self, trial: Trial) -> TrialResult:
        """Play an episode; nothing that goes wrong in it is raised.

        Raises:
            ClapError: the suite is not set up, or this machine cannot render.
        """
        world = self._world_of(trial.variation)
        try:
            episode = StepEpisode(world, trial.seed, self._terms.instruction)
            if self._must_see:  # a machine that cannot render ends the scoring, once
                episode.view()
                self._must_see = False
        except ClapError:
            raise
        except Exception as error:
            return failure(trial, 0, f"the episode could not be set up: {error!r}", trace_of_now())
        if episode.success:
            return failure(trial, 0, DONE_BEFOREHAND)
        reason, trace = how_it_ended(
            lambda: self._player.play(episode), lambda: f"not done after {episode.steps} steps"
        )
        if episode.success and not trace:
            return TrialResult(trial.variation, trial.seed, True, episode.steps)
        return failure(trial, episode.steps, reason, trace)

    def _world_of(self, variation: str) -> StepWorld:
        """Kept while the task stays the same: trials come task by task."""
        if self._world is None or self._world[0] != variation:
            if self._world is not None:
                self._world[1].close()
            self._world = variation, find_step_suite(self._terms.suite).world(variation)
        return self._world[1]
