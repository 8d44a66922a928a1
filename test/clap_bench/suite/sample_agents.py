"""Agents that misbehave, and step policies; tests name them as module:attribute."""

from __future__ import annotations

import os

import numpy as np

from clap_bench.suite.agents.agent import GaveUpError, View
from clap_bench.suite.observation import EpisodeObservation
from clap_core.task_types import KeyAction, Motion

NOT_AN_AGENT = 3


class Raising:
    """Fails unexpectedly."""

    def run(self, view: View) -> None:
        raise ValueError(f"no idea what to do, said {object()!r}")


class Exiting:
    """Tries to end the program."""

    def run(self, view: View) -> None:
        raise SystemExit("enough")


class GivingUp:
    """Ends with a reason."""

    def run(self, view: View) -> None:
        raise GaveUpError("I see no button")


class Silent:
    """Ends without a word."""

    def run(self, view: View) -> None:
        pass


class SwallowingThenRaising:
    """Reaches the goal, ignores that, and breaks."""

    def run(self, view: View) -> None:
        try:
            view.execute(_lower())
        except Exception:
            raise ValueError("broke at the end") from None


class Crashing:
    """Takes its whole process down in the middle of every second episode."""

    def run(self, view: View) -> None:
        if view.now_ns and view.rng.random() < 2.0:
            os._exit(3)


class Unmakeable:
    """Wants an argument."""

    def __init__(self, weights: str) -> None:
        self.weights = weights


class Mute:
    """Has neither run nor act."""


class Cheating:
    """Would like to know the truth."""

    def play(self, episode: object) -> None:
        raise AssertionError("was given the episode")


class Lowering:
    """A step policy whose first key pose cannot be reached."""

    def __init__(self) -> None:
        self.resets = 0
        self.seen: list[EpisodeObservation] = []

    def reset(self) -> None:
        self.resets += 1
        self.seen = []

    def act(self, observation: EpisodeObservation) -> KeyAction:
        self.seen.append(observation)
        if len(self.seen) == 1:
            return KeyAction(np.diag([1.0, 1.0, 1.0, 1.0]), Motion.JOINT)
        return _lower()


def _lower() -> KeyAction:
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = (0.4, 0.0, 0.25)
    return KeyAction(pose, Motion.JOINT)
