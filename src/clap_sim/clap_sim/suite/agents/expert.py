"""Plays a task the way its author says, knowing the truth."""

from __future__ import annotations

from clap_sim.suite.episode import Episode


class Expert:
    """Runs the stages of the episode's own task."""

    def run(self, episode: Episode) -> None:
        """Play to the end.

        Raises:
            EpisodeOverError: as soon as the episode is over.
            ClapError: a key pose failed; experts do not improvise.
        """
        for stage in episode.task.stages(episode.truth):
            for action in stage.actions(episode.truth):
                episode.execute(action)
