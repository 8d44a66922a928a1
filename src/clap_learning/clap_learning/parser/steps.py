"""Goals to sub-tasks, with names as they were said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clap_core.grounding import check_hand
from clap_core.task_types import Action, Relation, SubTask
from clap_learning.parser.goals import Goal
from clap_learning.planner.wording import step_text

_STRAIGHT = {
    "press": Action.PRESS,
    "open": Action.OPEN,
    "close": Action.CLOSE,
    "push": Action.PUSH,
    "drag": Action.PUSH,
}
"""Goals that are one sub-task."""


def steps_of(goals: Iterable[Goal]) -> tuple[SubTask, ...]:
    """The sub-tasks of goals.

    Raises:
        ClapError: IMPOSSIBLE for what a single hand cannot do in this order.
    """
    steps = tuple(_steps(goals))
    check_hand(steps, None)
    return steps


def _steps(goals: Iterable[Goal]) -> Iterator[SubTask]:
    held = ""
    for goal in goals:
        taken = goal.tool or goal.thing
        if (goal.tool or goal.kind in ("pick", "put", "screw")) and held != taken:
            yield _step(Action.APPROACH, taken)
            yield _step(Action.GRASP, taken)
            held = taken
        if goal.kind in _STRAIGHT:
            yield _step(_STRAIGHT[goal.kind], goal.thing, goal.relation, goal.reference)
            continue
        if goal.kind == "pick":
            yield _step(Action.MOVE, goal.thing, Relation.UP)
            continue
        if goal.kind != "release":
            yield _step(Action.MOVE, goal.thing, goal.relation, goal.reference)
        if goal.kind == "screw":
            yield _step(Action.TURN, goal.thing)
        yield _step(Action.RELEASE, goal.thing, goal.relation, goal.reference)
        held = ""


def _step(
    action: Action, thing: str, relation: Relation = Relation.NONE, reference: str = ""
) -> SubTask:
    said = {"action": action.value, "object": thing, "part": ""}
    text = step_text({**said, "relation": relation.value, "reference": reference})
    return SubTask(action, text, thing, "", relation, reference)
