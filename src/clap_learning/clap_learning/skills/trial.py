"""What demonstrations tell of each other: each is done as the others showed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from clap_core.directions import is_beside
from clap_core.geometry import rotation_distance
from clap_core.point_cloud import PointCloud
from clap_core.task_types import KeyAction, SubTask
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import HALF_TURN
from clap_learning.policy.making import learned_rules
from clap_learning.policy.memory import Memory
from clap_learning.policy.retrieval import Asked, resembling, sketch
from clap_learning.policy.surroundings import NOTHING, surroundings, top_height
from clap_learning.policy.ways import ways
from clap_learning.skills.as_shown import find_again, is_asked

_FOUND_WITHIN_M = 0.03
"""A place that is farther off than this is another one."""
_COMPARED = 5
"""As the policy does, see `AlignSettings.compared`."""
_MM = 1e3


@dataclass(frozen=True, eq=False)
class Taught:
    """One demonstration of a skill.

    Attributes:
        name: of the episode.
        steps: its sub-tasks.
        clouds: of the looks that they begin with.
    """

    name: str
    steps: tuple[Demonstration, ...]
    clouds: tuple[PointCloud, ...]


class StepReport(BaseModel):
    """How well a step is done as other demonstrations showed it.

    Attributes:
        text: the step.
        tried: demonstrations that it was tried on.
        place_mm: median distance of the place that was found from the one that was shown; None for
            what happens at the hand or beside something, or was never found.
        not_found: demonstrations in which the place was not found, or another one.
        hand_mm, hand_deg: how far the hand would be from where it was, in the median of the
            demonstrations; of each, at the key pose where it is farthest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    tried: int
    place_mm: float | None = None
    not_found: tuple[str, ...] = ()
    hand_mm: float | None = None
    hand_deg: float | None = None


@dataclass(frozen=True, eq=False)
class _Outcome:
    subtask: SubTask
    name: str
    place_m: float | None
    hand: tuple[float, float] | None


def cross_validated(
    taught: Sequence[Taught], report: Callable[[int], None] = lambda tried: None
) -> tuple[StepReport, ...]:
    """Try each demonstration on the others.

    Args:
        taught: at least one; of a single one nothing can be told.
        report: told how many were tried.

    Returns:
        A report of each step, in the order in which they are done.
    """
    outcomes: list[_Outcome] = []
    for number, one in enumerate(taught):
        others = [step for other in taught if other is not one for step in other.steps]
        if others:
            outcomes += _tried(one, others)
        report(number + 1)
    texts = dict.fromkeys(outcome.subtask.text for outcome in outcomes)
    return tuple(_reported([one for one in outcomes if one.subtask.text == text]) for text in texts)


def _tried(taught: Taught, others: Sequence[Demonstration]) -> Iterator[_Outcome]:
    memory = Memory(tuple(others), learned_rules(others))
    sketches = [sketch(one.look) for one in others]
    for step, cloud in zip(taught.steps, taught.clouds, strict=True):
        place_m = _place(step, others, cloud)
        off_m = None
        keypoint_m = step.state.keypoint_m
        if place_m is not None:
            off_m = float(np.linalg.norm(place_m - keypoint_m))
            keypoint_m = place_m if off_m < _FOUND_WITHIN_M else keypoint_m
        asked = _asked(step, keypoint_m, cloud)
        matches = resembling(asked, others, sketches, _COMPARED)
        done = next(ways(asked, matches, memory))[0] if matches else ()
        yield _Outcome(step.subtask, taught.name, off_m, _apart(done, step.actions))


def _place(
    step: Demonstration, others: Sequence[Demonstration], cloud: PointCloud
) -> NDArray[np.float64] | None:
    """[3] where a step's place is found, infinity where nothing looks like it; None if it is not
    looked for by its look."""
    likes = [one for one in others if is_asked(step.subtask, one)]
    if not likes or is_beside(step.subtask):
        return None
    found = find_again(likes, cloud, step.state.base_T_tcp)
    return found[0].point_m if found else np.full(3, np.inf)


def _asked(step: Demonstration, keypoint_m: NDArray[np.float64], cloud: PointCloud) -> Asked:
    """A step as it would be asked for with the keypoint that was found."""
    was = step.state
    look = surroundings(cloud, keypoint_m, was.base_T_tcp) if len(step.look) else NOTHING
    state = SubTaskStart(keypoint_m, was.base_T_tcp, was.tcp_p_held, top_height(look), was.next_m)
    return Asked(step.subtask, step.at_hand, state, look)


def _apart(done: Sequence[KeyAction], shown: Sequence[KeyAction]) -> tuple[float, float] | None:
    """Largest distance, m, and angle, rad, between key poses; None where their number differs."""
    if len(done) != len(shown):
        return None
    pairs = [(a.base_T_tcp, b.base_T_tcp) for a, b in zip(done, shown, strict=True)]
    turned = min(
        (max(rotation_distance(a @ turn, b) for a, b in pairs) for turn in (np.eye(4), HALF_TURN)),
    )
    return max(float(np.linalg.norm(a[:3, 3] - b[:3, 3])) for a, b in pairs), turned


def _reported(outcomes: Sequence[_Outcome]) -> StepReport:
    places = [(one.name, one.place_m) for one in outcomes if one.place_m is not None]
    missed = tuple(name for name, off_m in places if off_m > _FOUND_WITHIN_M)
    hands = [one.hand for one in outcomes if one.hand is not None and one.name not in missed]
    return StepReport(
        text=outcomes[0].subtask.text,
        tried=len(outcomes),
        place_mm=_median([_MM * off_m for name, off_m in places if name not in missed]),
        not_found=missed,
        hand_mm=_median([_MM * off_m for off_m, _ in hands]),
        hand_deg=_median([float(np.degrees(turn)) for _, turn in hands]),
    )


def _median(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 1) if values else None
