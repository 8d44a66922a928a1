"""The suites that can be scored, by name."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from clap_bench.suite.task import Task
from clap_core.errors import ClapError, ErrorCode

SUITES = {"gembench": "clap_bench.gembench.suite"}
"""Name and module of those that are played by key poses."""

STEP_SUITES = {"metaworld": "clap_bench.metaworld.suite"}
"""Of those that are played in small steps (`clap_bench.steps`)."""

ALL = "all"
"""The level that means all of them."""


class Listing(Protocol):
    """What any suite's module tells of its tasks, without making one.

    Attributes:
        TITLE: what results are results on.
        TRAIN: the split for demonstrations.
        LEVELS: names of the levels.
        MOVES: what an agent's moves are called in reports.
    """

    TITLE: str
    TRAIN: str
    LEVELS: tuple[str, ...]
    MOVES: str

    def variations(self, level: str) -> tuple[str, ...]:
        """Names of a level's variations; raises ClapError if there is no such level."""
        ...

    def level_of(self, variation: str) -> str:
        """The level that a variation belongs to; raises ClapError if there is none."""
        ...

    def instruction(self, variation: str) -> str:
        """Its published wording; raises ClapError if there is no such variation."""
        ...


class Suite(Listing, Protocol):
    """What the module of a suite of key poses offers."""

    def task(self, variation: str) -> Task:
        """The task of a variation's name; raises ClapError if there is none."""
        ...


def find_suite(name: str) -> Suite:
    """A suite that is played by key poses.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name.
    """
    if name in STEP_SUITES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the suite '{name}' is played in small steps, not by key poses",
            f"Make its demonstrations with `./clap data {name}`; or choose one of: "
            f"{', '.join(SUITES)}",
        )
    if name not in SUITES:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no suite '{name}'",
            f"Choose one of: {', '.join((*SUITES, *STEP_SUITES))}",
        )
    return import_module(SUITES[name])  # type: ignore[return-value]


def find_listing(name: str) -> Listing:
    """What a suite of either kind tells of its tasks; raises like `find_suite`."""
    if name in STEP_SUITES:
        return import_module(STEP_SUITES[name])  # type: ignore[return-value]
    return find_suite(name)


def choose(suite: Listing, level: str, named: tuple[str, ...]) -> tuple[str, ...]:
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
