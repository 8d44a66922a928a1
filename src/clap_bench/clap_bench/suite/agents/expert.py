"""Plays a task the way its author says, knowing the truth."""

from __future__ import annotations

from clap_bench.suite.episode import Episode
from clap_bench.suite.task import Task


class Expert:
    """Runs the stages of the episode's own task."""

    def play(self, episode: Episode) -> None:
        """Play to the end.

        Raises:
            EpisodeOverError: as soon as the episode is over.
            ClapError: a key pose failed; experts do not improvise.
        """
        play_stages(episode.task, episode)


def play_stages(task: Task, episode: Episode) -> None:
    """Run the stages of a task in an episode, of this task or of another one.

    Raises:
        EpisodeOverError, ClapError: as `Expert.play`.
    """
    for stage in task.stages(episode.truth):
        for action in stage.actions(episode.truth):
            episode.execute(action)
