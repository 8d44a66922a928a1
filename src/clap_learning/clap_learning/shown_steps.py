"""What keypoint finders learn from in a demonstration: steps whose place has to be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.grounding import search_step
from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, SubTask
from clap_data.episodes import EpisodeRecord, SubTaskRecord
from clap_data.episodes.records import StepRecord
from clap_learning.joined_steps import joined_steps


@dataclass(frozen=True, eq=False)
class ShownStep:
    """A sub-task, where it happens, and the looks at which that is so.

    Attributes:
        subtask: what is to be done.
        keypoint_m: [3] where, base frame.
        looks: numbers of looks; the first is the one that it begins with. The others lie before
            it, when nothing of what it names had been moved yet, or after it, when the hand had
            come near and touched nothing yet.
    """

    subtask: SubTask
    keypoint_m: NDArray[np.float64]
    looks: tuple[int, ...]


def seen_steps(record: EpisodeRecord) -> Iterator[SubTaskRecord]:
    """The steps whose keypoint is known, but those that happen at the hand."""
    for index in _seen(record.subtasks):
        yield record.subtasks[index]


def asked_steps(steps: Sequence[StepRecord]) -> Iterator[tuple[int, SubTask]]:
    """What may be asked of a plan whose places are known: the steps whose place is seen, those
    that a plan may say as one (see `joined_steps`), and what things are pushed towards.

    Yields:
        Number of the step whose place it is, and what is asked.
    """
    plan = [step.subtask for step in steps]
    seen = list(_seen(steps))
    for index in seen:
        yield index, plan[index]
    for one in joined_steps(plan):
        if one.first in seen:
            yield one.first, one.subtask
    for index in seen:
        if plan[index].action is Action.PUSH and plan[index].reference:
            yield index, search_step(plan[index].reference)


def shown_steps(record: EpisodeRecord) -> Iterator[ShownStep]:
    """What may be asked of a demonstration, and at which of its looks."""
    plan = [step.subtask for step in record.subtasks]
    for index, subtask in asked_steps(record.subtasks):
        step = record.subtasks[index]
        looks = [step.key_poses[0]]
        for earlier in range(index - 1, -1, -1):
            if _moves(plan[earlier], subtask, plan[index]):
                break
            looks.append(record.subtasks[earlier].key_poses[0])
        looks += _coming_near(record.actions, *step.key_poses)
        yield ShownStep(subtask, np.array(step.keypoint_m), tuple(looks))


def noun(name: str) -> str:
    """What a name calls a thing: ``shelf`` of ``top shelf of the safe``."""
    return name.casefold().split(" of ")[0].split()[-1] if name.strip() else ""


def _seen(steps: Sequence[StepRecord]) -> Iterator[int]:
    plan = [step.subtask for step in steps]
    for index, step in enumerate(steps):
        at_hand = happens_at_hand(step.subtask, held_before(plan, index))
        if step.keypoint_m is not None and not at_hand:
            yield index


def _coming_near(actions: Sequence[KeyAction], first: int, end: int) -> Iterator[int]:
    """Looks of a step, after its first, until the hand goes straight: that is how it touches."""
    for number in range(first, end - 1):
        action = actions[number]
        if action.motion is Motion.LINEAR or action.gripper is GripperCommand.GRASP:
            return
        yield number + 1


def _moves(step: SubTask, *later: SubTask) -> bool:
    """Whether a step changes where a later one happens."""
    if step.action is Action.APPROACH:
        return False
    places: Sequence[str] = [one.reference or one.object for one in later]
    return step.object.casefold() in [place.casefold() for place in places]
