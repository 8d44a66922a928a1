"""Whether two plans are the same: what is done to what, where, in which order.

Plans are compared step by step: action, object, part, relation, reference. The texts are not
compared, and these are the same:

* An approach belongs to what follows it. A lift without a place belongs to the move that follows.
* A release happens where the hand is: only what is let go counts.
* What is pushed on, in, next to or towards a target is pushed towards it. What is lifted up to
  something that hangs in the air is moved into it.
* How a hand opens or closes a thing is part of opening or closing it: the steps before and after
  that grasp, turn, push, press or release the same thing; and the thing, its lid, door and handle
  are one.
* A stick is held by its grip, moved to what it pushes before it pushes, and let go after that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from clap_core.task_types import Action, Relation, SubTask

_OPENS_BY = frozenset({"handle", "lid", "door", "lip", "switch", "screen"})
_HAND_WORK = frozenset({Action.GRASP, Action.TURN, Action.PUSH, Action.PRESS, Action.RELEASE})
_SWINGS = frozenset({Action.OPEN, Action.CLOSE})


@dataclass(frozen=True)
class WordlessSubTask:
    """A sub-task without its words.

    Attributes:
        action: what is done.
        thing: to what, with its part.
        relation: where.
        reference: what the relation refers to.
    """

    action: Action
    thing: str
    relation: Relation = Relation.NONE
    reference: str = ""

    def __str__(self) -> str:
        parts = (self.action.value, self.thing, self.relation.value, self.reference)
        return " ".join(part for part in parts if part)


def canonical(
    plan: Iterable[SubTask], same: Mapping[str, str] | None = None
) -> tuple[WordlessSubTask, ...]:
    """A plan as it is compared.

    Args:
        plan: its sub-tasks.
        same: words of names, and the words that count as the same.
    """
    steps = [
        _step(subtask, same or {}) for subtask in plan if subtask.action is not Action.APPROACH
    ]
    steps = _without_tool_moves(_without_needless_lifts(steps))
    return tuple(_without_hand_work(steps))


def _step(subtask: SubTask, same: Mapping[str, str]) -> WordlessSubTask:
    thing, reference = _name(subtask.object, same), _name(subtask.reference, same)
    part = "" if subtask.part == "grip" else _name(subtask.part, same)
    action, relation = subtask.action, subtask.relation
    if action in _SWINGS or (part and set(part.split()) <= _OPENS_BY - {"handle"}):
        thing, part = _opened(thing, part), ""
    if action is Action.RELEASE:
        return WordlessSubTask(action, thing)
    if action is Action.PUSH and relation is not Relation.NONE:
        relation = Relation.TOWARDS
    if action is Action.MOVE and relation is Relation.UP and reference:
        relation = Relation.IN
    return WordlessSubTask(action, f"{thing}/{part}" if part else thing, relation, reference)


def _name(words: str, same: Mapping[str, str]) -> str:
    found = " ".join(word for word in words.lower().split() if word not in ("the", "a", "an"))
    for said, meant in same.items():
        found = re.sub(rf"\b{said}\b", meant, found)
    return found


def _opened(thing: str, part: str) -> str:
    """What opens, without the part that it opens by; a cabinet's drawer is the drawer."""
    if "drawer" in part:
        return part
    words = [word for word in f"{thing} {part}".split() if word not in _OPENS_BY and word != "of"]
    return " ".join(words) or thing


def _without_needless_lifts(steps: list[WordlessSubTask]) -> list[WordlessSubTask]:
    following = [*steps, None][1:]
    return [
        step
        for step, after in zip(steps, following, strict=True)
        if not (
            step.relation is Relation.UP
            and not step.reference
            and after is not None
            and after.action is Action.MOVE
        )
    ]


def _without_tool_moves(steps: list[WordlessSubTask]) -> list[WordlessSubTask]:
    """Less the move of a tool to what it pushes next, and its release after that."""
    before = [None, *steps][:-1]
    steps = [
        step
        for step, pushed in zip(steps, before, strict=True)
        if not (
            step.action is Action.RELEASE
            and pushed is not None
            and pushed.action is Action.PUSH
            and pushed.thing != step.thing
        )
    ]
    following = [*steps, None][1:]
    return [
        step
        for step, after in zip(steps, following, strict=True)
        if not (
            step.action is Action.MOVE
            and after is not None
            and after.action is Action.PUSH
            and after.thing == step.reference
        )
    ]


def _without_hand_work(steps: list[WordlessSubTask]) -> list[WordlessSubTask]:
    """Less the steps beside an open or close that handle the same thing."""
    kept = list(steps)
    swings = [step for step in steps if step.action in _SWINGS]
    for swing in swings:
        at = next(index for index, step in enumerate(kept) if step is swing)
        while at > 0 and _handles(kept[at - 1], swing):
            kept.pop(at - 1)
            at -= 1
        while at + 1 < len(kept) and _handles(kept[at + 1], swing):
            kept.pop(at + 1)
    return kept


def _handles(step: WordlessSubTask, swing: WordlessSubTask) -> bool:
    thing, _, part = step.thing.partition("/")
    return step.action in _HAND_WORK and _opened(thing, part) == swing.thing


def plan_of_goals(goals: Iterable[str]) -> tuple[SubTask, ...]:
    """The sub-tasks of goals as the files of test/data/language write them.

    Raises:
        ValueError: a goal that is none of theirs.
    """
    return tuple(subtask for goal in goals for subtask in _subtasks(goal))


_RELATIONS = "|".join(relation.value for relation in Relation if relation.value)
_GOAL = re.compile(
    r"(?P<verb>pick|put|press|open|close|push|drag|screw|release) (?P<thing>.+?)"
    rf"(?: (?P<relation>{_RELATIONS}) (?P<reference>.+?))?(?: with (?P<tool>.+))?"
)


def _subtasks(goal: str) -> tuple[SubTask, ...]:
    found = _GOAL.fullmatch(goal)
    if found is None:
        raise ValueError(f"no goal: '{goal}'")
    thing, _, part = found["thing"].partition("/")
    relation, reference = Relation(found["relation"] or ""), found["reference"] or ""
    blank = SubTask(Action.GRASP, goal, thing, part)
    verb = found["verb"]
    if verb == "pick":
        return blank, replace(blank, action=Action.MOVE, relation=Relation.UP)
    if verb in ("put", "screw"):
        move = replace(blank, action=Action.MOVE, relation=relation, reference=reference)
        turn = (replace(blank, action=Action.TURN),) if verb == "screw" else ()
        return blank, move, *turn, replace(blank, action=Action.RELEASE)
    if verb == "drag":
        tool = SubTask(Action.GRASP, goal, found["tool"])
        return tool, replace(blank, action=Action.PUSH, relation=relation, reference=reference)
    return (replace(blank, action=Action(verb), relation=relation, reference=reference),)
