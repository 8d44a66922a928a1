"""A fine policy without training: the demonstration that resembles most is carried over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.backends import Observation, Policy
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import rotation_distance
from clap_core.keypoint_convention import happens_at_hand
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import Action, ActionChunk, GripperCommand, HeldObject, KeyAction
from clap_learning.installed_models import installed_model
from clap_learning.policy.demonstration import Demonstration, State
from clap_learning.policy.held import held_at, tcp_p_foot
from clap_learning.policy.memory import MEMORY_FILE, Memory, read_memory
from clap_learning.policy.reach import Reach
from clap_learning.policy.registration import Fit
from clap_learning.policy.retrieval import Asked, Match, resembling, sketch
from clap_learning.policy.rules import Rule, apply
from clap_learning.policy.surroundings import NOTHING, surroundings

DEFAULT_MEMORY = "align-gembench"
"""Demonstrations that come with the stack."""


class AlignSettings(BaseModel, frozen=True, extra="forbid"):
    """Which demonstrations, and how like they must be."""

    memory: str = Field(
        "",
        description="folder of the demonstrations, as ./clap train align writes it; empty for "
        "those that come with the stack",
    )
    arm: str = Field("fr3", description="arm whose reach is asked: fr3, fer or panda")
    compared: int = Field(
        5, description="demonstrations that are registered on what is seen", ge=1, le=100
    )
    min_words: float = Field(
        0.3,
        description="likeness 0..1 of the words from which a demonstration may be used, however "
        "things look",
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


_Proposal = tuple[KeyAction, ...]
"""Key poses that could be right."""


class AlignPolicy(Policy):
    """Answers with all key poses of a sub-task, from its first look.

    It keeps nothing between calls: how a thing is held travels in the observation.
    """

    settings_type = AlignSettings

    def __init__(self, settings: AlignSettings) -> None:
        self._settings = settings
        self._memory: Memory | None = None
        self._sketches: list[NDArray[np.float64]] = []
        self._reach = Reach(MotionPlanner(arm_specification(settings.arm)))

    def warm_up(self) -> None:
        """See `Backend`: read the memory."""
        if self._memory is not None:
            return
        folder = Path(self._settings.memory or installed_model(DEFAULT_MEMORY)).expanduser()
        memory = read_memory(folder / MEMORY_FILE)
        self._sketches = [sketch(one.look) for one in memory.demonstrations]
        self._memory = memory

    def close(self) -> None:
        """See `Backend`."""
        self._memory = None

    def act(self, observation: Observation) -> ActionChunk:
        """See `Policy`.

        Raises:
            ClapError: IMPOSSIBLE if nothing that was demonstrated resembles the sub-task;
                UNREACHABLE if the arm cannot do what does; INVALID_REQUEST if it is not known
                where the hand is, or there is no memory.
        """
        self.warm_up()
        memory = self._memory
        assert memory is not None
        asked = _asked(observation)
        matches = resembling(asked, memory.demonstrations, self._sketches, self._settings.compared)
        self._check_resemblance(asked, matches)
        actions = self._choose(asked, matches, observation.attempt)
        if asked.subtask.action is Action.APPROACH:
            actions = _before_grasp(actions)
        return ActionChunk(actions, _held_after(actions, observation), done=True)

    def _check_resemblance(self, asked: Asked, matches: Sequence[Match]) -> None:
        subtask, settings = asked.subtask, self._settings
        if not matches:
            how = subtask.action.value + (f" {subtask.relation.value}" if subtask.relation else "")
            raise _unlike(subtask.text, f"of the kind '{how}' nothing was demonstrated")
        words = max(match.words for match in matches)
        look = max(match.fits[0].score for match in matches)
        if words < settings.min_words and look < settings.min_look and not asked.at_hand:
            raise _unlike(
                subtask.text,
                f"the most alike shares {100 * words:.0f} % of the words and {100 * look:.0f} % "
                "of the look",
            )

    def _choose(self, asked: Asked, matches: Sequence[Match], attempt: int) -> _Proposal:
        """The first proposal within reach that was not tried at an earlier attempt."""
        assert self._memory is not None
        refusals: list[str] = []
        within: list[_Proposal] = []
        for proposal in _proposals(asked, matches, self._memory):
            refusal = self._reach.refusal(asked.state.base_T_tcp, proposal)
            if refusal:
                refusals.append(refusal)
                continue
            within.append(proposal)
            if len(within) > attempt:
                break
        if within:
            return within[-1]
        raise ClapError(
            ErrorCode.UNREACHABLE,
            f"'{asked.subtask.text}' as it was demonstrated is out of reach here: {refusals[0]}",
            "Move the thing to where the arm reaches it, or demonstrate it another way",
        )


def _asked(observation: Observation) -> Asked:
    subtask, scene, held = observation.subtask, observation.scene, observation.held
    if scene.base_T_tcp is None or not np.isfinite(observation.keypoint.point).all():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"it is not known where the hand or the keypoint '{observation.keypoint.label}' is",
            "Check that the robot's joint states and transforms arrive, then ask again",
        )
    at_hand = happens_at_hand(subtask, held.name if held else "")
    point = scene.base_T_tcp[:3, 3] if at_hand else observation.keypoint.point
    tcp_p_held = None if held is None else tcp_p_foot(held, scene.base_T_tcp)
    state = State(np.asarray(point, dtype=np.float64), scene.base_T_tcp, tcp_p_held)
    look = NOTHING if at_hand else surroundings(scene.cloud, state.keypoint_m, scene.base_T_tcp)
    return Asked(subtask, at_hand, state, look)


def _proposals(asked: Asked, matches: Sequence[Match], memory: Memory) -> Iterator[_Proposal]:
    """The best first: the best fit of each demonstration, then the others of all."""
    for rank in range(max(len(match.fits) for match in matches)):
        for match in matches:
            if rank >= len(match.fits):
                continue
            shown, rule = memory.demonstrations[match.index], memory.rules[match.index]
            for half_turn in _half_turns(asked, shown, rule, match.fits[rank]):
                poses = apply(rule, shown, asked.state, match.fits[rank], half_turn)
                yield tuple(
                    replace(action, base_T_tcp=pose)
                    for action, pose in zip(shown.actions, poses, strict=True)
                )


def _half_turns(asked: Asked, shown: Demonstration, rule: Rule, fit: Fit) -> tuple[bool, ...]:
    """Whether the hand is turned by half, where two fingers take the same grasp: first the way
    that turns the hand as the demonstration did."""
    if asked.at_hand:
        return (False,)
    shown_turn = rotation_distance(shown.state.base_T_tcp, shown.actions[0].base_T_tcp)

    def unlike(half_turn: bool) -> float:
        first = apply(rule, shown, asked.state, fit, half_turn)[0]
        return abs(rotation_distance(asked.state.base_T_tcp, first) - shown_turn)

    return tuple(sorted((False, True), key=unlike))


def _before_grasp(actions: _Proposal) -> _Proposal:
    """What a grasp begins with: how the hand comes near."""
    commands = [action.gripper for action in actions]
    if GripperCommand.GRASP not in commands:
        return actions
    return actions[: commands.index(GripperCommand.GRASP)]


def _held_after(actions: _Proposal, observation: Observation) -> HeldObject | None:
    held = observation.held
    for action in actions:
        if action.gripper is GripperCommand.OPEN:
            held = None
        elif action.gripper is GripperCommand.GRASP:
            held = held_at(action.base_T_tcp, observation.subtask, observation.keypoint)
    return held


def _unlike(text: str, what: str) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"nothing that was demonstrated resembles '{text}': {what}",
        "Demonstrate it and make the memory again (./clap train align), or choose another policy",
    )
