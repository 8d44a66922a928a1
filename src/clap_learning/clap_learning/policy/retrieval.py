"""Which demonstrations resemble a sub-task: by relation and action, by words, by the state of the
hand, and by the look of what is around the keypoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.geometry import invert
from clap_core.task_types import Motion, SubTask
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import KeyPoseFrame, expected_yaw, frame_pose, radial_yaw
from clap_learning.policy.registration import CloudFit, register, unseen, wrapped
from clap_learning.policy.surroundings import POINTS, Surroundings
from clap_learning.policy.words import likeness, same_kind

HELD_SCALE_M = 0.05
"""Things held so much differently are as unlike as clouds that share nothing."""

START_SCALE_M = 0.3
"""Likewise for where the hand stands to what it pushes."""

SAME_NAME = 0.5
"""Likeness of words from which a thing is taken to be of the kind that was shown; where none is,
the look alone decides."""

WORDS_MARGIN = 0.1
"""Demonstrations whose words fit worse than the best by more than this are not looked at."""

_SKETCH_EDGES_M = np.linspace(0.0, 0.16, 9)


@dataclass(frozen=True, eq=False)
class Asked:
    """A sub-task that a demonstration is wanted for.

    Attributes:
        subtask: what is to be done.
        at_hand: whether it happens at the hand.
        state: what is known.
        look: what is around the keypoint.
    """

    subtask: SubTask
    at_hand: bool
    state: SubTaskStart
    look: Surroundings


@dataclass(frozen=True, eq=False)
class Match:
    """A demonstration that resembles what is asked for.

    Attributes:
        index: of the demonstration.
        words: 0..1, how alike the words are.
        fits: how its cloud lies on what is seen, the best first.
    """

    index: int
    words: float
    fits: tuple[CloudFit, ...]


def sketch(look: Surroundings) -> NDArray[np.float64]:
    """[S] of a cloud, the same from whichever side it is seen: how much of it is how high, and
    how far from the keypoint's vertical, and how much there is."""
    heights = np.concatenate([-_SKETCH_EDGES_M[:0:-1], _SKETCH_EDGES_M])
    out = np.hypot(look.xyz[:, 0], look.xyz[:, 1])
    count = max(1, len(look))
    return np.concatenate(
        [
            np.histogram(look.xyz[:, 2], heights)[0] / count,
            np.histogram(out, _SKETCH_EDGES_M)[0] / count,
            [len(look) / POINTS],
        ]
    )


def resembling(
    asked: Asked,
    shown: Sequence[Demonstration],
    sketches: Sequence[NDArray[np.float64]],
    most: int,
) -> list[Match]:
    """Demonstrations that resemble what is asked for, the most alike first.

    Args:
        asked: the sub-task.
        shown: all demonstrations.
        sketches: of each one's look.
        most: how many are registered, the slow part.
    """
    is_holding = asked.state.tcp_p_held is not None
    alike = [
        (likeness(asked.subtask, one.subtask, is_holding), index)
        for index, one in enumerate(shown)
        if one.is_holding == is_holding
        and same_kind(asked.subtask, one.subtask, (asked.at_hand, one.at_hand))
    ]
    if not alike:
        return []
    best = max(words for words, _ in alike)
    margin = WORDS_MARGIN if best >= SAME_NAME else best
    near = [(words, index) for words, index in alike if words >= best - margin]
    own = sketch(asked.look)

    def unlike(choice: tuple[float, int]) -> float:
        words, index = choice
        return (
            float(np.abs(sketches[index] - own).sum())
            + unlike_hold(shown[index].state, asked.state)
            + unlike_onward(shown[index].state, asked.state)
            + unlike_start(shown[index], asked.state)
            - (words if best >= SAME_NAME else 0.0)
        )

    chosen = sorted(near, key=unlike)[:most]
    matches = [Match(index, words, _fits(shown[index], asked)) for words, index in chosen]
    return sorted(
        matches,
        key=lambda one: (
            one.fits[0].cost
            - (one.words if best >= SAME_NAME else 0.0)
            + 0.3 * unlike_hold(shown[one.index].state, asked.state)
            + 0.3 * unlike_onward(shown[one.index].state, asked.state)
            + unlike_start(shown[one.index], asked.state)
        ),
    )


def unlike_hold(shown: SubTaskStart, now: SubTaskStart) -> float:
    """0..2: how differently things are held, and the hand that holds them points."""
    if shown.tcp_p_held is None or now.tcp_p_held is None:
        return 0.0
    gap = float(np.linalg.norm(shown.tcp_p_held - now.tcp_p_held))
    aligned = float(shown.base_T_tcp[:3, 2] @ now.base_T_tcp[:3, 2])
    return min(1.0, gap / HELD_SCALE_M) + 0.5 * (1.0 - aligned)


def unlike_onward(shown: SubTaskStart, now: SubTaskStart) -> float:
    """0..1: by how much the way to the next keypoint differs, seen from the robot."""
    if shown.next_m is None or now.next_m is None:
        return 0.0
    ways = [
        radial_yaw(state.next_m - state.keypoint_m) - radial_yaw(state.keypoint_m)  # type: ignore[operator]
        for state in (shown, now)
    ]
    return float(np.abs(wrapped(ways[0] - ways[1])) / np.pi)


def unlike_start(shown: Demonstration, now: SubTaskStart) -> float:
    """0..1: how differently the hand stands to the keypoint, where the first key pose leads from
    there in a straight line, as it does when something is pushed or dragged."""
    if shown.at_hand or shown.actions[0].motion is not Motion.LINEAR:
        return 0.0
    from_keypoint = [
        invert(frame_pose(KeyPoseFrame.RADIAL, state, None)) @ state.base_T_tcp[:, 3]
        for state in (shown.state, now)
    ]
    gap = float(np.linalg.norm(from_keypoint[0] - from_keypoint[1]))
    return min(1.0, gap / START_SCALE_M)


def _fits(shown: Demonstration, asked: Asked) -> tuple[CloudFit, ...]:
    yaw = expected_yaw(shown.state, asked.state)
    if not len(asked.look):
        return (unseen(yaw),)
    return register(shown.look.xyz, asked.look.xyz, yaw)
