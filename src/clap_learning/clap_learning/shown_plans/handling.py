"""What is known of how things are worked, from a file that a laboratory extends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_core.task_types import Action, Relation, SubTask

_OWN_FILE = "handling.yaml"


class Handling(BaseModel):
    """How one kind of thing is worked; the fields are those of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    things: tuple[str, ...] = Field(min_length=1)
    moves: str = ""
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    nests: bool = False
    tower_on: str = ""

    @field_validator("open", "close")
    @classmethod
    def _check_steps(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        verbs = {action.value for action in Action}
        for step in steps:
            if step.partition(" ")[0] not in verbs:
                raise ValueError(f"'{step}' begins with none of {', '.join(sorted(verbs))}")
        return steps

    def steps(self, action: Action) -> tuple[str, ...]:
        """The steps of opening or closing it; none for any other action."""
        return {Action.OPEN: self.open, Action.CLOSE: self.close}.get(action, ())


_FILE = TypeAdapter(tuple[Handling, ...])


def load_handling(path: Path | None = None) -> tuple[Handling, ...]:
    """What a file says of how things are opened and closed.

    Args:
        path: of it; None for what comes with the stack.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be read or is something else.
    """
    try:
        text = (files(__package__) / _OWN_FILE if path is None else path).read_text()
        return _FILE.validate_python(yaml.safe_load(text) or ())
    except (OSError, yaml.YAMLError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{path or _OWN_FILE} does not say how things are worked: {reason}",
            f"Compare it with clap_learning/shown_plans/{_OWN_FILE}",
        ) from error


def worked_out(plan: Sequence[SubTask], known: Sequence[Handling]) -> tuple[SubTask, ...]:
    """A plan whose opening and closing is said step by step, as hands do it, and whose towers begin
    where they belong.

    Steps that the plan says itself, such as taking the handle first, are left as they are; so are
    things of which nothing is known, and plans that would need a second hand.

    Args:
        plan: of any planner.
        known: how things are worked.
    """
    steps: list[SubTask] = []
    for number in range(len(plan)):
        before = plan[number - 1] if number else None
        steps += _worked(_set_down(plan, number, known), before, known)
    try:
        return check_plan("", steps)
    except ClapError:
        return tuple(plan)


def _set_down(plan: Sequence[SubTask], number: int, known: Sequence[Handling]) -> SubTask:
    """A step of the plan; where it only lifts what is let go next and what a tower then grows on,
    it brings that to where such towers begin."""
    step = plan[number]
    handling = _handling_of(step.object, known)
    lifts = step.action is Action.MOVE and step.relation is Relation.UP and not step.reference
    if not lifts or handling is None or not handling.tower_on:
        return step
    let_go, *later = [*plan[number + 1 :], step]
    built_on = any(
        one.action is Action.MOVE and (one.relation, one.reference) == (Relation.ON, step.object)
        for one in later
    )
    if (let_go.action, let_go.object) != (Action.RELEASE, step.object) or not built_on:
        return step
    place = handling.tower_on
    text = f"move the {step.object} onto the {place}"
    return SubTask(Action.MOVE, text, step.object, "", Relation.ON, place)


def _worked(step: SubTask, before: SubTask | None, known: Sequence[Handling]) -> Iterator[SubTask]:
    handling = _handling_of(step.object, known)
    into = _handling_of(step.reference, known)
    if step.action is Action.MOVE and step.relation is Relation.ON and into and into.nests:
        step = replace(step, relation=Relation.IN)
    begun = before is not None and before.object == step.object
    if handling is None or begun or not handling.steps(step.action):
        yield step
        return
    name = _moving(step.object, handling)
    for said in handling.steps(step.action):
        verb, _, part = said.partition(" ")
        thing = f"{part} of the {name}" if part else name
        text = f"let go of the {thing}" if verb == Action.RELEASE.value else f"{verb} the {thing}"
        yield SubTask(Action(verb), text, name, part)


def _handling_of(name: str, known: Sequence[Handling]) -> Handling | None:
    """Of the longest name that a name ends with."""
    found: tuple[int, Handling] | None = None
    for handling in known:
        for thing in handling.things:
            if f" {name}".endswith(f" {thing}") and (found is None or len(thing) > found[0]):
                found = (len(thing), handling)
    return None if found is None else found[1]


def _moving(name: str, handling: Handling) -> str:
    """What moves: ``red fridge door`` of ``red fridge``."""
    if not handling.moves:
        return name
    thing = max((one for one in handling.things if f" {name}".endswith(f" {one}")), key=len)
    return f"{name[: len(name) - len(thing)]}{handling.moves}"
