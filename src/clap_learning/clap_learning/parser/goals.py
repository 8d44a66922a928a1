"""Goals: what a sentence asks for, one after the other, and the plain sentence that says the same.

A goal has a line: ``pick red mug``, ``put red mug next_to plate``, ``press button``,
``open top drawer``, ``close top drawer``, ``push block towards bowl``,
``drag block towards target with stick``, ``screw bulb in lamp``, ``release red mug``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clap_core.task_types import Relation

PLACES = {
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "to the left of",
    Relation.RIGHT_OF: "to the right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.ON: "on",
    Relation.IN: "in",
}
"""Where a thing can be put, in words that every planner knows."""

_SAID = {
    "pick": "pick up {thing}",
    "put": "put {thing} {where} {reference}",
    "press": "press {thing}",
    "open": "open {thing}",
    "close": "close {thing}",
    "push": "push {thing} towards {reference}",
    "drag": "drag {thing} towards {reference} with {tool}",
    "screw": "screw {thing} {where} {reference}",
    "release": "let go of {thing}",
}

WHERE: dict[str, tuple[Relation, ...]] = {
    "put": tuple(PLACES),
    "screw": (Relation.IN, Relation.ON),
    "push": (Relation.TOWARDS,),
    "drag": (Relation.TOWARDS,),
}
"""The relations of each kind of goal that has a reference; the others have none."""

KINDS = tuple(_SAID)
WITH_TOOL = "drag"

_RELATIONS = "|".join(relation.value for relation in (*PLACES, Relation.TOWARDS))
_LINE = re.compile(
    rf"(?P<kind>{'|'.join(KINDS)}) (?P<thing>.+?)"
    rf"(?: (?P<relation>{_RELATIONS}) (?P<reference>.+?))?(?: with (?P<tool>.+))?"
)
_BEFORE_A_NAME = re.compile(r"\b(of|from) ")


@dataclass(frozen=True)
class Goal:
    """One thing that is wanted.

    Attributes:
        kind: one of `KINDS`.
        thing: its name, in the words that were said.
        relation: where it goes, if the kind has a reference.
        reference: the name of what the relation refers to.
        tool: the name of what it is done with; of `WITH_TOOL` alone.
    """

    kind: str
    thing: str
    relation: Relation = Relation.NONE
    reference: str = ""
    tool: str = ""

    def __post_init__(self) -> None:
        places = WHERE.get(self.kind, (Relation.NONE,))
        if self.kind not in KINDS or not self.thing or self.relation not in places:
            raise ValueError(f"no goal: '{self}'")
        if bool(self.reference) != (self.relation is not Relation.NONE):
            raise ValueError(f"a goal has a relation and a reference, or neither: '{self}'")
        if bool(self.tool) != (self.kind == WITH_TOOL):
            raise ValueError(f"a goal with a tool is one of dragging: '{self}'")

    def __str__(self) -> str:
        words = [self.kind, self.thing, self.relation.value, self.reference]
        return " ".join(word for word in words if word) + (f" with {self.tool}" * bool(self.tool))

    @classmethod
    def of(cls, line: str) -> Goal:
        """From its line.

        Raises:
            ValueError: it is none.
        """
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"no goal: '{line}'")
        relation = Relation(found["relation"] or "")
        return cls(
            found["kind"], found["thing"], relation, found["reference"] or "", found["tool"] or ""
        )


def sentence_of(goals: Iterable[Goal]) -> str:
    """The goals as a plain sentence: "put the red mug next to the plate, then ..."."""
    return ", then ".join(_said(goal) for goal in goals)


def _said(goal: Goal) -> str:
    return _SAID[goal.kind].format(
        thing=_the(goal.thing),
        where=PLACES.get(goal.relation, ""),
        reference=_the(goal.reference),
        tool=_the(goal.tool),
    )


def _the(name: str) -> str:
    return "the " + _BEFORE_A_NAME.sub(r"\1 the ", name)
