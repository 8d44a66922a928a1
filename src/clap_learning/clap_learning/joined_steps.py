"""Steps of a demonstration that a plan may say as one: ``open the drawer`` is to take its handle,
to pull, and perhaps to let go.

A demonstration says every step of the hand; planners often name only what it is for. Both are
learned from, so that either plan is understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clap_core.task_types import Action, Relation, SubTask

_PURPOSES = (Action.OPEN, Action.CLOSE, Action.PUSH)
_PREPARES = (Action.APPROACH, Action.GRASP, Action.TURN)
_COMPLETES = (Action.RELEASE, Action.PRESS, Action.PUSH)


@dataclass(frozen=True)
class JoinedSteps:
    """Consecutive steps under one name.

    Attributes:
        subtask: what they are for.
        first, end: the steps, and the first one behind them.
    """

    subtask: SubTask
    first: int
    end: int


def joined_steps(plan: Sequence[SubTask]) -> Iterator[JoinedSteps]:
    """All runs of at least two steps that work towards opening, closing or pushing one thing.

    Args:
        plan: of a demonstration.
    """
    index = 0
    while index < len(plan):
        main = next((i for i in range(index, len(plan)) if plan[i].action in _PURPOSES), len(plan))
        if main == len(plan):
            return
        first, end = main, main + 1
        while first > index and _prepares(plan[first - 1], plan[main]):
            first -= 1
        while end < len(plan) and _completes(plan[end], plan[main]):
            end += 1
        if end - first > 1:
            yield JoinedSteps(_named(plan[main]), first, end)
        index = end


def _prepares(step: SubTask, main: SubTask) -> bool:
    """Whether it brings the hand, or the tool in it, to what the main step works on."""
    if step.action is Action.MOVE:
        return step.reference.casefold() == main.object.casefold()
    return step.action in _PREPARES and step.object.casefold() == main.object.casefold()


def _completes(step: SubTask, main: SubTask) -> bool:
    return (
        step.action in _COMPLETES
        and not step.reference
        and step.object.casefold() == main.object.casefold()
    )


def _named(main: SubTask) -> SubTask:
    """As a plan says it: what is pushed onto a place is pushed towards it."""
    return replace(main, relation=Relation.TOWARDS) if main.reference else main
