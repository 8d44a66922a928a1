"""The steps of a plan that bring one thing to one place: what is skipped where it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clap_core.task_types import Action, SubTask


@dataclass(frozen=True)
class Carry:
    """Approach, grasp, move and release of one thing.

    Attributes:
        move: the step that says where it goes.
        end: index of the first step after its release.
    """

    move: SubTask
    end: int


def carry_from(plan: Sequence[SubTask], index: int) -> Carry | None:
    """The carry that begins with step `index`; None where none does.

    A thing that is only lifted, or put down where it was, has no place where it could stand
    already; one that is still held at the plan's end is wanted in the hand.
    """
    if plan[index].action is not Action.APPROACH:
        return None
    move: SubTask | None = None
    for position, step in enumerate(plan[index:], index):
        if step.object.casefold() != plan[index].object.casefold():
            return None
        if step.action is Action.MOVE:
            move = step if step.reference else None
        elif step.action is Action.RELEASE:
            return None if move is None else Carry(move, position + 1)
        elif step.action not in (Action.APPROACH, Action.GRASP):
            return None
    return None
