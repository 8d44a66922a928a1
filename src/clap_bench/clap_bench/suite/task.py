"""What a task is: a scene, wordings, a success check, and how an expert does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.truth import Truth
from clap_core.task_types import KeyAction, SubTask
from clap_sim.world import World
from clap_sim.world.scene import SceneModel

Point = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """One sub-task of the expert.

    Attributes:
        subtask: what a person would say it does.
        keypoint: [3] where it happens, in the base frame, seen from the state at its start, as
            `clap_core.keypoint_convention` defines it; None for what happens at the hand.
        actions: its key poses. Computed when the stage starts, and may be a generator that
            looks at the truth again between two key poses.
    """

    subtask: SubTask
    keypoint: Callable[[Truth], Point] | None
    actions: Callable[[Truth], Iterable[KeyAction]]


class Task(ABC):
    """One variation of a task; a frozen dataclass, without state of its own.

    What comes true only for a moment is noted by `watch` in ``truth.events``.
    """

    @property
    @abstractmethod
    def instructions(self) -> tuple[str, ...]:
        """Wordings, the published one first, then at least three others."""

    @abstractmethod
    def scene(self, rng: np.random.Generator) -> SceneModel:
        """The objects of an episode; distractors, sizes and looks are drawn from `rng`.

        The scene's name, description, instruction and look are set by the episode.
        """

    @abstractmethod
    def success(self, truth: Truth) -> bool:
        """Whether it is done, judged from physics; asked after each key pose, at rest."""

    @abstractmethod
    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        """How the expert does it, seen from the start of the episode."""

    def prepare(self, world: World, rng: np.random.Generator) -> None:  # noqa: B027
        """Change what placing alone cannot: joint positions, things inside others.

        The world has just been reset and has not been stepped.
        """

    def watch(self, truth: Truth) -> None:  # noqa: B027
        """Note in ``truth.events`` what comes true; called every 20 ms of simulated time."""

    def wrong(self, truth: Truth) -> Task | None:
        """The same done to a wrong object of this scene, or to a wrong place; None if there is
        nothing to mistake. A test lets its expert play and expects failure."""
        return None
