"""Finds tasks by name: each file of `tasks` is one task and lists its variations."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from clap_bench.gembench.levels import PUBLISHED
from clap_bench.suite.task import Task
from clap_core.errors import ClapError, ErrorCode

TITLE = "GemBench ported to MuJoCo"
"""What results are results on."""

TRAIN = "train"
"""The split for demonstrations: the variations of L1."""

LEVELS = tuple(PUBLISHED)

MOVES = "key_poses"
"""What an agent's moves are called in reports."""


def variations(level: str) -> tuple[str, ...]:
    """Names of a level's variations, such as ``push_button+3``.

    Raises:
        ClapError: INVALID_REQUEST if there is no such level.
    """
    found = PUBLISHED.get("L1" if level == TRAIN else level)
    if found is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"GemBench has no level '{level}'",
            f"Choose one of {', '.join((TRAIN, *LEVELS))}",
        )
    return tuple(found)


def level_of(variation: str) -> str:
    """The level that a variation belongs to.

    Raises:
        ClapError: INVALID_REQUEST if there is no such variation.
    """
    for level, table in PUBLISHED.items():
        if variation in table:
            return level
    name = variation.split("+")[0]
    known = [item for table in PUBLISHED.values() for item in table]
    near = [item for item in known if item.split("+")[0] == name]
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"GemBench has no variation '{variation}'",
        f"Choose one of {', '.join(near)}" if near else "`./clap eval --list` names all of them",
    )


def instruction(variation: str) -> str:
    """The wording that the authors publish for a variation.

    Raises:
        ClapError: INVALID_REQUEST if there is no such variation.
    """
    return PUBLISHED[level_of(variation)][variation]


@cache
def task(variation: str) -> Task:
    """The task of a variation's name.

    Raises:
        ClapError: INVALID_REQUEST if there is no such variation.
    """
    level_of(variation)
    name, number = variation.split("+")
    module = import_module(f"{__package__}.tasks.{name}")
    found: Task = module.VARIATIONS[int(number)]
    return found
