"""The suites that can be scored, by name."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from clap_bench.suite.task import Task
from clap_core.errors import ClapError, ErrorCode

SUITES = {"gembench": "clap_bench.gembench.suite"}
"""Name and module."""

ALL = "all"
"""The level that means all of them."""


class Suite(Protocol):
    """What a suite's module offers."""

    TITLE: str
    TRAIN: str
    LEVELS: tuple[str, ...]

    def variations(self, level: str) -> tuple[str, ...]:
        """Names of a level's variations; raises ClapError if there is no such level."""
        ...

    def level_of(self, variation: str) -> str:
        """The level that a variation belongs to; raises ClapError if there is none."""
        ...

    def instruction(self, variation: str) -> str:
        """Its published wording; raises ClapError if there is no such variation."""
        ...

    def task(self, variation: str) -> Task:
        """The task of a variation's name; raises ClapError if there is none."""
        ...


def find_suite(name: str) -> Suite:
    """A suite.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name.
    """
    if name not in SUITES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no suite '{name}'",
            f"Choose one of: {', '.join(SUITES)}",
        )
    return import_module(SUITES[name])  # type: ignore[return-value]


def choose(suite: Suite, level: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """The variations that a level and names select: those named, or else the whole level's.

    Args:
        suite: the suite.
        level: one of its levels, its training split, ``all``; empty for any, with names.
        named: variations; none twice in the answer.

    Raises:
        ClapError: INVALID_REQUEST for what does not exist or does not fit together.
    """
    if not level and not named:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "nothing to play was named",
            f"Add --level ({', '.join((suite.TRAIN, *suite.LEVELS, ALL))}) or --variation",
        )
    levels = suite.LEVELS if level in (ALL, "") else (level,)
    found = tuple(name for one in levels for name in suite.variations(one))
    for name in named:
        own = suite.level_of(name)
        if name not in found:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{name} belongs to level {own}, not to {level}",
                f"Say --level {own}, or leave --level out",
            )
    return tuple(dict.fromkeys(named)) or found
