"""Ways to do a sub-task: demonstrations that resemble it, carried over, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from clap_core.geometry import rotation_distance
from clap_core.task_types import KeyAction
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import HALF_TURN, KeyPoseFrame, carried
from clap_learning.policy.memory import Memory
from clap_learning.policy.registration import CloudFit
from clap_learning.policy.retrieval import SAME_NAME, Asked, Match
from clap_learning.policy.rules import Rule, apply, rule_by_look

KeyPoses = tuple[KeyAction, ...]
"""Key poses of a whole sub-task."""

_SAME_LOOK = 0.4
_SAME_M = 0.006
_SAME_RAD = 0.15


def ways(asked: Asked, matches: Sequence[Match], memory: Memory) -> Iterator[tuple[KeyPoses, ...]]:
    """Ways to do a sub-task.

    Args:
        asked: the sub-task.
        matches: demonstrations that resemble it, the most alike first.
        memory: that they are of.

    Yields:
        One way, as key poses that come to the same, the nearest to the demonstration first:
        two fingers take the same grasp when the hand is turned by half.
    """
    for rank in range(max(len(match.fits) for match in matches)):
        for match in matches:
            if rank >= len(match.fits):
                continue
            shown, fit = memory.demonstrations[match.index], match.fits[rank]
            for rule in _rules(asked, match, fit, memory):
                turns = (False,) if asked.at_hand else (False, True)
                alike = [_carried_over(rule, shown, asked, fit, turn) for turn in turns]
                yield tuple(sorted(alike, key=lambda one: _unlike(one, shown, asked.state, fit)))


def is_same_way(one: KeyPoses, other: KeyPoses) -> bool:
    """Whether two ways hardly differ, so that where one failed the other would."""
    return len(one) == len(other) and all(
        np.linalg.norm(a.base_T_tcp[:3, 3] - b.base_T_tcp[:3, 3]) < _SAME_M
        and min(
            rotation_distance(a.base_T_tcp, b.base_T_tcp),
            rotation_distance(a.base_T_tcp @ HALF_TURN, b.base_T_tcp),
        )
        < _SAME_RAD
        for a, b in zip(one, other, strict=True)
    )


def _rules(asked: Asked, match: Match, fit: CloudFit, memory: Memory) -> list[Rule]:
    """What was learned from those of a kind holds for things of their size; a thing of another
    name is first taken where its own shape is."""
    learned = memory.rules[match.index]
    if asked.at_hand or asked.state.tcp_p_held is not None:
        return [learned]
    by_look = rule_by_look(memory.demonstrations[match.index])
    if match.words < SAME_NAME and fit.score > _SAME_LOOK:
        return [by_look, learned]
    return [learned, by_look]


def _carried_over(
    rule: Rule, shown: Demonstration, asked: Asked, fit: CloudFit, half_turn: bool
) -> KeyPoses:
    poses = apply(rule, shown, asked.state, fit, half_turn)
    return tuple(
        replace(action, base_T_tcp=pose, text=asked.subtask.text)
        for action, pose in zip(shown.actions, poses, strict=True)
    )


def _unlike(way: KeyPoses, shown: Demonstration, now: SubTaskStart, fit: CloudFit) -> float:
    """Angle from what was shown, seen from the robot, or from how the held thing is held."""
    frame = KeyPoseFrame.RADIAL if now.tcp_p_held is None else KeyPoseFrame.HAND
    alike = carried(frame, shown.state, now, fit) @ shown.actions[0].base_T_tcp
    return rotation_distance(alike, way[0].base_T_tcp)
