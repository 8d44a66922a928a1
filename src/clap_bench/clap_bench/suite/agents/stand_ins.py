"""Agents that must fail: they show that the judge can say no."""

from __future__ import annotations

import contextlib

import numpy as np

from clap_bench.suite.agents.agent import View
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import MAX_KEY_POSES, Episode
from clap_core.errors import ClapError
from clap_core.geometry import tool_down
from clap_core.task_types import GripperCommand, KeyAction, Motion

RANDOM_X_M = (0.30, 0.70)
RANDOM_Y_M = (-0.40, 0.40)
RANDOM_Z_M = (0.01, 0.35)
"""Where random key poses lie, in the base frame: over the table, within the arm's reach."""

_STAY = KeyAction(np.eye(4), Motion.NONE, text="stay")


class Random:
    """Random key poses over the table, the fingers down, opening and closing by chance."""

    def run(self, view: View) -> None:
        """Move at random until the episode is over."""
        for _ in range(MAX_KEY_POSES):
            with contextlib.suppress(ClapError):
                view.execute(self._draw(view.rng))

    def _draw(self, rng: np.random.Generator) -> KeyAction:
        position = [rng.uniform(*limits) for limits in (RANDOM_X_M, RANDOM_Y_M, RANDOM_Z_M)]
        return KeyAction(
            tool_down(position, float(rng.uniform(-np.pi, np.pi))),
            Motion.JOINT,
            GripperCommand(int(rng.integers(len(GripperCommand)))),
            text="random",
        )


class Idle:
    """Does nothing, for as long as the episode lasts."""

    def run(self, view: View) -> None:
        """Do nothing: the arm stays where it is."""
        for _ in range(MAX_KEY_POSES):
            view.execute(_STAY)


class WrongObject:
    """Does with skill what was not asked for: the task's expert at a wrong object or place."""

    def play(self, episode: Episode) -> None:
        """Play the mistaken task, then nothing more; stay where there is nothing to mistake.

        Raises:
            EpisodeOverError: the episode has ended.
            ClapError: a key pose failed.
        """
        mistaken = episode.task.wrong(episode.truth)
        if mistaken is not None:
            play_stages(mistaken, episode)
            return
        while True:
            episode.execute(_STAY)
