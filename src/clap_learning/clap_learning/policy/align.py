"""A fine policy without training: the demonstration that resembles most is carried over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.backends import Observation, Policy
from clap_core.errors import ClapError, ErrorCode
from clap_core.keypoint_convention import happens_at_hand
from clap_core.point_cloud import PointCloud
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import Action, ActionChunk, GripperCommand, HeldObject, Relation, SubTask
from clap_learning.installed_models import installed_model
from clap_learning.policy.articulation.operating import known_ways
from clap_learning.policy.choosing import Chooser, Likeness
from clap_learning.policy.clearance import REACHES_BACK_M
from clap_learning.policy.demonstration import SubTaskStart, is_looked_at, way_onward
from clap_learning.policy.feeling import ends_in_touch, until_it_touches
from clap_learning.policy.going_in import as_far_as_it_fits, goes_in
from clap_learning.policy.held import held_at, tcp_p_foot
from clap_learning.policy.letting_go import DRAWN_BACK_M, letting_go
from clap_learning.policy.memory import Memory, load_memory
from clap_learning.policy.reach import Reach
from clap_learning.policy.retrieval import SAME_NAME, Asked, Match, resembling, sketch
from clap_learning.policy.surroundings import (
    NOTHING,
    points_around,
    surroundings,
    top_height,
)
from clap_learning.policy.ways import KeyPoses
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


class AlignPolicy(Policy):
    """Answers with all key poses of a sub-task, from its first look.

    It keeps nothing between calls: how a thing is held travels in the observation.
    """

    settings_type = AlignSettings

    def __init__(self, settings: AlignSettings) -> None:
        self._settings = settings
        self._memory: Memory | None = None
        self._chooser: Chooser | None = None
        self._taught: tuple[SubTask, ...] = ()
        self._sketches: list[NDArray[np.float64]] = []
        self._reach = Reach(MotionPlanner(arm_specification(settings.arm)))

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

    def act(self, observation: Observation) -> ActionChunk:
        """See `Policy`.

        Raises:
            ClapError: IMPOSSIBLE if nothing that was demonstrated resembles the sub-task;
                UNREACHABLE if the arm cannot do what does; INVALID_REQUEST if it is not known
                where the hand is, or there is no memory.
        """
        self.warm_up()
        memory, chooser = self._memory, self._chooser
        assert memory is not None and chooser is not None
        asked = _asked(observation)
        taught = any(is_same_step(asked.subtask, one) for one in self._taught)
        known = None if taught else self._known_way(asked, observation)
        if known is not None:
            if ends_in_touch(asked.subtask):
                known = self._felt(known, asked.state.base_T_tcp)
            held = _held_after(known, observation, asked.state.keypoint_m)
            return ActionChunk(known, held, done=True)
        matches = resembling(asked, memory.demonstrations, self._sketches, self._settings.compared)
        if self._leaves_unshown_handle(asked, matches):
            return ActionChunk(self._let_go(asked.state.base_T_tcp), None, done=True)
        actions = chooser.choose(asked, matches, observation.scene.cloud, observation.attempt)
        if goes_in(asked.subtask):
            actions = self._fitting(actions, asked, observation.scene.cloud)
        if ends_in_touch(asked.subtask):
            actions = self._felt(actions, asked.state.base_T_tcp)
        if asked.subtask.action is Action.APPROACH:
            actions = _before_grasp(actions)
        foot_m = self._foot(asked, matches)
        return ActionChunk(actions, _held_after(actions, observation, foot_m), done=True)

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

    def _known_way(self, asked: Asked, observation: Observation) -> KeyPoses | None:
        """What geometry alone knows to do, within reach; None where it knows nothing."""
        state = asked.state
        cloud = observation.scene.cloud
        for way in known_ways(
            asked.subtask,
            state.keypoint_m,
            cloud,
            state.base_T_tcp,
            state.tcp_p_held,
            holds=observation.held is not None,
        ):
            if not self._reach.refusal(state.base_T_tcp, way):
                return _before_grasp(way) if asked.subtask.action is Action.APPROACH else way
        return None

    def _fitting(self, actions: KeyPoses, asked: Asked, cloud: PointCloud) -> KeyPoses:
        """Not so far in that the hand meets what it goes into, if the arm reaches that."""
        base_T_tcp = asked.state.base_T_tcp
        goal_m = actions[-1].base_T_tcp[:3, 3]
        around_m = points_around(cloud, goal_m, base_T_tcp, REACHES_BACK_M) + goal_m
        nearer = as_far_as_it_fits(actions, base_T_tcp, around_m)
        if nearer is actions or self._reach.refusal(base_T_tcp, nearer):
            return actions
        return nearer

    def _felt(self, actions: KeyPoses, base_T_tcp: NDArray[np.float64]) -> KeyPoses:
        """With feeling, if the arm may go that low."""
        lower = until_it_touches(actions, base_T_tcp)
        if lower is actions or self._reach.refusal(base_T_tcp, lower):
            return actions
        return lower

    def _leaves_unshown_handle(self, asked: Asked, matches: Sequence[Match]) -> bool:
        """Whether something's part is let go of, and nobody showed how."""
        assert self._memory is not None
        if asked.subtask.action is not Action.RELEASE or not asked.subtask.part:
            return False
        shown = (self._memory.demonstrations[match.index].subtask.object for match in matches)
        return all(not kind_words(asked.subtask.object) & kind_words(name) for name in shown)

    def _let_go(self, base_T_tcp: NDArray[np.float64]) -> KeyPoses:
        """As far back as the arm reaches."""
        ways = [letting_go(base_T_tcp, back_m=back_m) for back_m in DRAWN_BACK_M]
        within = (way for way in ways if not self._reach.refusal(base_T_tcp, way))
        return next(within, ways[-1])


def _asked(observation: Observation) -> Asked:
    subtask, scene, held = observation.subtask, observation.scene, observation.held
    if scene.base_T_tcp is None or not np.isfinite(observation.keypoint.point).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"it is not known where the hand or the keypoint '{observation.keypoint.label}' is",
            "Check that the robot's joint states and transforms arrive, then ask again",
        )
    if subtask.action is Action.RELEASE:
        # Moving brought the thing to its place: where that is does not matter any more.
        subtask = replace(subtask, relation=Relation.NONE, reference="")
    at_hand = happens_at_hand(subtask, held.name if held else "")
    point = scene.base_T_tcp[:3, 3] if at_hand else observation.keypoint.point
    tcp_p_held = None if held is None else tcp_p_foot(held, scene.base_T_tcp)
    keypoint = np.asarray(point, dtype=np.float64)
    look = NOTHING
    if is_looked_at(subtask, at_hand):
        look = surroundings(scene.cloud, keypoint, scene.base_T_tcp)
    next_m = way_onward(keypoint, observation.next_keypoint_m)
    state = SubTaskStart(keypoint, scene.base_T_tcp, tcp_p_held, top_height(look), next_m)
    return Asked(subtask, at_hand, state, look)


def _before_grasp(actions: KeyPoses) -> KeyPoses:
    """What a grasp begins with: how the hand comes near."""
    commands = [action.gripper for action in actions]
    if GripperCommand.GRASP not in commands:
        return actions
    return actions[: commands.index(GripperCommand.GRASP)]


def _held_after(
    actions: KeyPoses, observation: Observation, foot_m: NDArray[np.float64]
) -> HeldObject | None:
    """What is held after the sub-task; `foot_m` [3] is the foot of what it grasps."""
    held = observation.held
    keypoint = replace(observation.keypoint, point=foot_m)
    for action in actions:
        if action.gripper is GripperCommand.OPEN:
            held = None
        elif action.gripper is GripperCommand.GRASP:
            held = held_at(action.base_T_tcp, observation.subtask, keypoint)
    return held
