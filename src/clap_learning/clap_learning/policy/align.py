"""A fine policy without training: the demonstration that resembles most is carried over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.backends import Observation
from clap_core.task_types import Action, SubTask
from clap_learning.installed_models import installed_model
from clap_learning.policy.acting import Chosen, FinePolicy
from clap_learning.policy.choosing import Chooser, Likeness
from clap_learning.policy.memory import Memory, load_memory
from clap_learning.policy.retrieval import SAME_NAME, Asked, Match, resembling, sketch
from clap_learning.policy.words import kind_words
from clap_learning.skills.as_shown import is_same_step
from clap_learning.skills.folder import load_skills, with_skills

_SURE_LOOK = 0.5
"""Likeness of the look from which a registration tells where a thing is."""

DEFAULT_MEMORY = "align-gembench"
"""Demonstrations that come with the stack."""


class AlignSettings(BaseModel, frozen=True, extra="forbid"):
    """Which demonstrations, and how like they must be."""

    memory: str = Field(
        "",
        description="folder of the demonstrations, as ./clap train align writes it; empty for "
        "those that come with the stack",
    )
    skills: str = Field(
        "", description="folder of skills, as ./clap teach writes them; empty for none"
    )
    arm: str = Field("fr3", description="arm whose reach is asked: fr3, fer or panda")
    compared: int = Field(
        5, description="demonstrations that are registered on what is seen", ge=1, le=100
    )
    min_words: float = Field(
        0.3,
        description="likeness 0..1 of the words from which a demonstration may be used, however "
        "a thing looks that the hand goes to",
        ge=0.0,
        le=1.0,
    )
    min_look: float = Field(
        0.45,
        description="likeness 0..1 of the look from which a demonstration may be used, whatever "
        "things are called",
        ge=0.0,
        le=1.0,
    )


class AlignPolicy(FinePolicy):
    """Carries one demonstration over."""

    settings_type = AlignSettings

    def __init__(self, settings: AlignSettings) -> None:
        super().__init__(settings.arm)
        self._settings = settings
        self._memory: Memory | None = None
        self._chooser: Chooser | None = None
        self._taught: tuple[SubTask, ...] = ()
        self._sketches: list[NDArray[np.float64]] = []

    def warm_up(self) -> None:
        """See `Backend`: read the memory."""
        if self._memory is not None:
            return
        folder = Path(self._settings.memory or installed_model(DEFAULT_MEMORY)).expanduser()
        skills = load_skills(self._settings.skills)
        memory = with_skills(load_memory(folder), skills)
        self._taught = tuple(one.subtask for skill in skills for one in skill.memory.demonstrations)
        self._sketches = [sketch(one.look) for one in memory.demonstrations]
        least = Likeness(self._settings.min_words, self._settings.min_look)
        self._chooser = Chooser(memory, self._reach, least)
        self._memory = memory

    def close(self) -> None:
        """See `Backend`."""
        self._memory = self._chooser = None

    def _is_taught(self, asked: Asked) -> bool:
        return any(is_same_step(asked.subtask, one) for one in self._taught)

    def _chosen(self, asked: Asked, observation: Observation) -> Chosen:
        memory, chooser = self._memory, self._chooser
        assert memory is not None and chooser is not None
        matches = resembling(asked, memory.demonstrations, self._sketches, self._settings.compared)
        if self._leaves_unshown_handle(asked, matches):
            return Chosen(self._let_go(asked.state.base_T_tcp), asked.state.keypoint_m)
        actions = chooser.choose(asked, matches, observation.scene.cloud, observation.attempt)
        return Chosen(actions, self._foot(asked, matches))

    def _foot(self, asked: Asked, matches: Sequence[Match]) -> NDArray[np.float64]:
        """[3] the foot of what is grasped: where a thing of its name stood, laid on what is seen;
        that is nearer than a keypoint that was found."""
        best = max(matches, key=lambda match: match.fits[0].score, default=None)
        if (
            best is None
            or asked.at_hand
            or best.words < SAME_NAME
            or best.fits[0].score < _SURE_LOOK
        ):
            return asked.state.keypoint_m
        return np.asarray(asked.state.keypoint_m + best.fits[0].shift_m)

    def _leaves_unshown_handle(self, asked: Asked, matches: Sequence[Match]) -> bool:
        """Whether something's part is let go of, and nobody showed how."""
        assert self._memory is not None
        if asked.subtask.action is not Action.RELEASE or not asked.subtask.part:
            return False
        shown = (self._memory.demonstrations[match.index].subtask.object for match in matches)
        return all(not kind_words(asked.subtask.object) & kind_words(name) for name in shown)
