"""What the planner knows of things: `knowledge.yaml`, checked."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, Field


class OpenFirst(BaseModel, frozen=True, extra="forbid"):
    """What has to be opened before it is used.

    Attributes:
        into: before something is put into it.
        out_of: before something is taken out of it.
    """

    into: frozenset[str] = frozenset()
    out_of: frozenset[str] = frozenset()


class Knowledge(BaseModel, frozen=True, extra="forbid"):
    """The file's sections; each is explained there."""

    names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    compounds: tuple[str, ...] = ()
    opens: frozenset[str] = frozenset()
    open_first: OpenFirst = OpenFirst()
    lids: frozenset[str] = frozenset()
    hinged: frozenset[str] = frozenset()
    tools: dict[str, str] = Field(default_factory=dict)
    kept_in: dict[str, str] = Field(default_factory=dict)
    buttons: frozenset[str] = frozenset()
    screw_lid: frozenset[str] = frozenset()
    screws_into: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    plural_only: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    hands: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    keep_away: frozenset[str] = frozenset()

    @property
    def other_names(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Words that are replaced, and what by; compounds by themselves."""
        return {tuple(name.split()): tuple(name.split()) for name in self.compounds} | {
            tuple(other.split()): tuple(name.split())
            for name, others in self.names.items()
            for other in others
        }

    def members_of(self, noun: str) -> tuple[str, ...]:
        """What belongs to a group of things; () for any other word."""
        return self.groups.get(noun, ())


@cache
def knowledge() -> Knowledge:
    """What the package's file says."""
    text = files("clap_baseline").joinpath("knowledge.yaml").read_text(encoding="utf-8")
    return Knowledge.model_validate(yaml.safe_load(text))
