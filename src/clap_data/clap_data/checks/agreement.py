"""Whether demonstrations of one sentence show the same."""

from __future__ import annotations

from collections.abc import Sequence

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, SubTask


def check_agreement(
    sentence: str,
    name: str,
    plan: Sequence[SubTask],
    other: str,
    before: Sequence[SubTask],
) -> None:
    """Check that two demonstrations of a sentence have sub-tasks of the same kinds.

    Args:
        sentence: that both have.
        name, plan: of the one.
        other, before: of the one that came before it.

    Raises:
        ClapError: INVALID_REQUEST, telling both.
    """
    if _kinds(before) != _kinds(plan):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"'{sentence}' is done in two ways: {_told(before)} in {other}, {_told(plan)} "
            f"in {name}",
            "Leave one of them out, or say different sentences",
        )


def whole_plan(subtasks: Sequence[SubTask]) -> tuple[SubTask, ...]:
    """Sub-tasks that were shown; a handle that is held in the end is let go."""
    held: SubTask | None = None
    for step in subtasks:
        if step.action is Action.GRASP:
            held = step
        elif step.action is Action.RELEASE:
            held = None
    if held is None or subtasks[-1].action not in (Action.OPEN, Action.CLOSE):
        return tuple(subtasks)
    text = f"let go of the {held.object}"
    return (*subtasks, SubTask(Action.RELEASE, text, held.object, held.part))


def _kinds(plan: Sequence[SubTask]) -> list[tuple[object, ...]]:
    return [(one.action, one.relation, one.object, one.part, one.reference) for one in plan]


def _told(plan: Sequence[SubTask]) -> str:
    return ", ".join(f"'{step.text}'" for step in plan)
