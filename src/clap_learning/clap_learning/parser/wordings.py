"""Patterns of what people say to a robot arm, read from the folder ``wordings``.

Written by hand; none of the sentences that planners are measured with was looked at, nor the words
of the suite's tests. Where they fell short on the half of test/data/language/blind that is for
looking at, patterns of that kind were added: several things in one place, what is open and should
be closed, and what stands beside what was just put down.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field

from clap_core.task_types import Relation
from clap_learning.parser.goals import PLACES


class Forms(BaseModel, frozen=True, extra="forbid"):
    """How one kind of goal is said."""

    vp: tuple[str, ...] = Field(description="Orders: 'pick up {a}'.", min_length=1)
    ving: tuple[str, ...] = Field((), description="Gerunds: 'picking up {a}'.")
    passive: tuple[str, ...] = Field((), description="Wishes and statements: whole sentences.")
    topic: tuple[str, ...] = Field((), description="Other orders of words: whole sentences.")


class Several(BaseModel, frozen=True, extra="forbid"):
    """How several goals are said in one sentence."""

    names: Mapping[str, Literal["thing", "place", "container", "button", "tool"]] = Field(
        description="Kind of name of each slot."
    )
    relations: Mapping[Literal["rel", "rel2"], tuple[Relation, ...]] = Field(
        {}, description="What a slot of a relation can be; any, if it is not named here."
    )
    means: tuple[str, ...] = Field(description="Lines of goals, with slots.", min_length=1)
    say: tuple[str, ...] = Field(description="Whole sentences.", min_length=1)


class Nouns(BaseModel, frozen=True, extra="forbid"):
    """Names of things."""

    things: tuple[str, ...]
    places: tuple[str, ...]
    containers: tuple[str, ...]
    buttons: tuple[str, ...]
    tools: tuple[str, ...]
    adjectives: tuple[str, ...]


class Wordings(BaseModel, frozen=True, extra="forbid"):
    """All patterns."""

    place_phrases: Mapping[Relation, tuple[str, ...]]
    towards_phrases: tuple[str, ...]
    patterns: Mapping[str, Forms] = Field(description="By kind of goal.")
    plain: Mapping[str, tuple[str, ...]] = Field(description="Usual orders, by kind of goal.")
    put_without_rel: Mapping[Relation, Forms] = Field(
        description="Where the verb says the relation: 'top {b} with {a}'."
    )
    frames_vp: tuple[str, ...]
    frames_ving: tuple[str, ...]
    frames_whole: tuple[str, ...]
    joins: tuple[str, ...]
    shared: Mapping[str, Several] = Field(description="Several things at once.")
    nouns: Nouns
    refused: tuple[str, ...]
    refused_patterns: tuple[str, ...]


@cache
def wordings() -> Wordings:
    """The patterns that come with the stack."""
    given: dict[str, Any] = {"patterns": {}, "shared": {}, "refused": [], "refused_patterns": []}
    folder = files(__package__).joinpath("wordings")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        for section, content in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if section in ("patterns", "shared"):
                given[section] |= content
            elif section in ("refused", "refused_patterns"):
                given[section] += content
            else:
                given[section] = content
    read = Wordings.model_validate(given)
    if set(read.place_phrases) != set(PLACES):
        raise ValueError("place_phrases: a relation is missing, or one too many")
    return read
