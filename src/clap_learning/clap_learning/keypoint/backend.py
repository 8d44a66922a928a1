"""The keypoint finder `learned`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from clap_core.backends import KeypointAnswer, KeypointFinder, Scene
from clap_core.backends.at_hand import answer_at_hand
from clap_core.directions import is_beside
from clap_core.errors import ClapError, ErrorCode
from clap_core.grounding import search_step
from clap_core.keypoint_convention import happens_at_hand
from clap_core.plan_schema import check_plan
from clap_core.task_types import Keypoint, Relation, SubTask
from clap_learning.installed_models import installed_model
from clap_learning.keypoint.beside import free_place
from clap_learning.keypoint.in_the_air import middle_of_floating
from clap_learning.keypoint.places import CandidatePlace
from clap_learning.keypoint.which import choose, plainly, sought, which_of, without
from clap_learning.optional_packages import module_of
from clap_learning.skills.as_shown import find_again, is_asked
from clap_learning.skills.folder import load_skills

if TYPE_CHECKING:
    from torch import Tensor

    from clap_learning.keypoint.answering import Found
    from clap_learning.keypoint.calibration import ConfidenceCalibration
    from clap_learning.keypoint.network import KeypointNetwork
    from clap_learning.keypoint.query import Query
    from clap_learning.policy.demonstration import Demonstration
    from clap_learning.teachers.minilm import MiniLmTeacher

DEFAULT_WEIGHTS = "keypoint-gembench"
"""The network that comes with the stack."""

DEFAULT_DRAWINGS = 3
"""Probabilities are fitted to so many."""


class LearnedFinderSettings(BaseModel, frozen=True, extra="forbid"):
    """Which network, and how sure it must be."""

    weights: str = Field(
        "",
        description="folder of the network, as ./clap train keypoint writes it; empty for the one "
        "that comes with the stack",
    )
    max_absent: float = Field(
        0.5,
        description="probability from which on what is named counts as not there",
        ge=0.0,
        le=1.0,
    )
    min_confidence: float = Field(
        0.1,
        description="probability of the best place below which no place is named",
        ge=0.0,
        le=1.0,
    )
    skills: str = Field(
        "", description="folder of skills, as ./clap teach writes them; empty for none"
    )
    min_likeness: float = Field(
        0.4,
        description="likeness 0..1 from which on a place is the one that a skill's demonstrations "
        "showed; else the network is asked",
        ge=0.0,
        le=1.0,
    )
    drawings: int = Field(
        DEFAULT_DRAWINGS,
        description="times that a cloud is tokenised; what all of them say counts",
        ge=1,
        le=16,
    )
    nothing_below_m: float = Field(
        0.003, description="fingers closer than this hold nothing [m]", ge=0.0, le=0.05
    )
    nothing_above_m: float = Field(
        0.078, description="fingers farther apart than this hold nothing [m]", gt=0.0, le=0.2
    )


class LearnedFinder(KeypointFinder):
    """Answers by a network over the fused cloud that was trained on demonstrations.

    What is done with what the hand holds happens at the hand; that needs no network. It keeps
    nothing between calls.
    """

    settings_type = LearnedFinderSettings

    def __init__(self, settings: LearnedFinderSettings) -> None:
        self._settings = settings
        self._network: KeypointNetwork | None = None
        self._calibration: ConfidenceCalibration | None = None
        self._reader: MiniLmTeacher | None = None
        self._taught: tuple[Demonstration, ...] = ()

    def warm_up(self) -> None:
        """See `Backend`: load the weights and those of the text encoder."""
        if self._network is not None:
            return
        module_of("keypoint finder 'learned'", "torch", "torch")
        from clap_learning.keypoint.weights import KEYPOINT_FOLDER
        from clap_learning.teachers.minilm import MiniLmTeacher

        folder = Path(self._settings.weights or installed_model(DEFAULT_WEIGHTS)).expanduser()
        network, config = KEYPOINT_FOLDER.load(folder)
        self._calibration = config.calibration
        skills = load_skills(self._settings.skills)
        self._taught = tuple(one for skill in skills for one in skill.memory.demonstrations)
        self._reader = MiniLmTeacher()
        self._network = network

    def close(self) -> None:
        """See `Backend`."""
        self._network = self._reader = None

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        """See `KeypointFinder`.

        Raises:
            ClapError: CLOUD_EMPTY; TRANSFORM_UNAVAILABLE for what happens at a hand whose pose
                nobody told; NO_GRASP where there is no room beside something; INVALID_REQUEST
                for weights that cannot be used.
        """
        (subtask,) = check_plan("", [subtask])
        if happens_at_hand(subtask, subtask.object if self._is_holding(scene) else ""):
            return answer_at_hand(subtask, scene)
        if is_beside(subtask):
            return self._beside(subtask, scene)
        taught = self._as_taught(subtask, scene)
        if taught is not None:
            return taught
        which = which_of(sought(subtask))
        found = self._look(plainly(subtask), self._without(which.other_than, scene))
        label = subtask.reference or subtask.object or subtask.text
        refusal = self._refusal(subtask, found)
        candidates = tuple(_keypoint(label, place, scene) for place in found.places)
        chosen: Keypoint | None = None
        if refusal is None:
            try:
                place = choose(which, found.places) if which.chooses else found.places[0]
                chosen = _centred(candidates[found.places.index(place)], subtask, scene)
            except ClapError as error:
                refusal = error
        return KeypointAnswer(chosen, refusal, absent=found.absent, candidates=candidates)

    def _as_taught(self, subtask: SubTask, scene: Scene) -> KeypointAnswer | None:
        """Where it looks as in the demonstrations of a skill; None if no skill has the step, or
        nothing looks so."""
        self.warm_up()
        shown = [one for one in self._taught if is_asked(subtask, one)]
        found = find_again(shown, scene.cloud, scene.base_T_tcp)
        if not found or found[0].likeness < self._settings.min_likeness:
            return None
        label = subtask.reference or subtask.object or subtask.text
        stamp_ns = scene.cloud.stamp_ns
        candidates = tuple(
            Keypoint(label, one.point_m, confidence=one.likeness, stamp_ns=stamp_ns)
            for one in found
        )
        return KeypointAnswer(candidates[0], candidates=candidates)

    def _beside(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        """A free place beside what is found for the reference."""
        answer = self.find(search_step(subtask.reference), scene)
        if answer.keypoint is None:
            return answer
        reference_m = answer.keypoint.point
        place_m = free_place(subtask.relation, reference_m, scene.cloud, scene.base_T_tcp)
        if place_m is None:
            raise ClapError(
                ErrorCode.NO_GRASP,
                f"there is no free place for '{subtask.text}' within reach",
                "Clear some room there, or name another place",
            )
        keypoint = replace(answer.keypoint, point=place_m)
        return replace(answer, keypoint=keypoint, candidates=(keypoint,))

    def _without(self, name: str, scene: Scene) -> Scene:
        """The scene without what a name means; the scene itself if that is not seen, or no name."""
        if not name:
            return scene
        found = self._look(plainly(search_step(name)), scene)
        if found.absent > self._settings.max_absent:
            return scene
        return replace(scene, cloud=without(scene.cloud, found.places[0]))

    def _look(self, subtask: SubTask, scene: Scene) -> Found:
        from clap_learning.keypoint.answering import answer
        from clap_learning.keypoint.inputs import OPEN_M, QueriedCloud
        from clap_learning.keypoint.query import query_of
        from clap_learning.keypoint.tokens import drawings_of

        self.warm_up()
        assert self._network is not None and self._calibration is not None
        query = query_of(subtask)
        tcp_m = np.zeros(3) if scene.base_T_tcp is None else scene.base_T_tcp[:3, 3]
        opening_m = OPEN_M if scene.gripper_width_m is None else scene.gripper_width_m
        drawings = [
            QueriedCloud(patches, query, tcp_m, opening_m)
            for patches in drawings_of(scene.cloud, range(self._settings.drawings))
        ]
        return answer(self._network, drawings, self._texts(query), self._calibration)

    def _texts(self, query: Query) -> dict[str, Tensor]:
        assert self._reader is not None
        texts = [text for text in dict.fromkeys(query.texts) if text]
        return dict(zip(texts, self._reader.encode(texts), strict=True))

    def _is_holding(self, scene: Scene) -> bool:
        width_m = scene.gripper_width_m
        s = self._settings
        return width_m is not None and s.nothing_below_m < width_m < s.nothing_above_m

    def _refusal(self, subtask: SubTask, found: Found) -> ClapError | None:
        wanted = " and ".join(name for name in (subtask.object, subtask.reference) if name)
        if found.absent > self._settings.max_absent:
            return ClapError(
                ErrorCode.OBJECT_NOT_FOUND,
                f"nothing in view looks like what '{subtask.text}' names ({wanted}); it is absent "
                f"with a probability of {found.absent:.2f}",
                "Name things that are in view, or bring them into view",
            )
        if found.places[0].probability < self._settings.min_confidence:
            return ClapError(
                ErrorCode.AMBIGUOUS,
                f"no one place stands out for '{subtask.text}': the best has a probability of "
                f"{found.places[0].probability:.2f}",
                "Name it in other words, or take away what looks like it",
            )
        return None


def _centred(keypoint: Keypoint, subtask: SubTask, scene: Scene) -> Keypoint:
    """In the middle of what floats in the air, if that is where something is lifted to."""
    if subtask.relation is not Relation.UP or not subtask.reference:
        return keypoint
    tcp_m = None if scene.base_T_tcp is None else scene.base_T_tcp[:3, 3]
    middle_m = middle_of_floating(scene.cloud, keypoint.point, tcp_m)
    return keypoint if middle_m is None else replace(keypoint, point=middle_m)


def _keypoint(label: str, place: CandidatePlace, scene: Scene) -> Keypoint:
    return Keypoint(
        label, place.point_m, confidence=place.probability, stamp_ns=scene.cloud.stamp_ns
    )
