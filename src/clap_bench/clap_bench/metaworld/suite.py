"""MetaWorld as a suite: names, levels, sentences, and the world of each task."""

from __future__ import annotations

from clap_bench.metaworld.package import check_installed
from clap_bench.metaworld.tasks import TASKS
from clap_bench.steps.world import StepWorld
from clap_core.errors import ClapError, ErrorCode

TITLE = "MetaWorld"
"""What results are results on."""

TRAIN = "train"
"""The split for demonstrations: all tasks."""

LEVELS = tuple(TASKS)

MOVES = "steps"
"""What an agent's moves are called in reports."""


def variations(level: str) -> tuple[str, ...]:
    """Names of a level's tasks, such as ``drawer-close``.

    Raises:
        ClapError: INVALID_REQUEST if there is no such level.
    """
    if level == TRAIN:
        return tuple(name for table in TASKS.values() for name in table)
    if level not in TASKS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"MetaWorld has no level '{level}'",
            f"Choose one of {', '.join((TRAIN, *LEVELS))}",
        )
    return tuple(TASKS[level])


def level_of(variation: str) -> str:
    """The level that a task belongs to.

    Raises:
        ClapError: INVALID_REQUEST if there is no such task.
    """
    for level, table in TASKS.items():
        if variation in table:
            return level
    first = variation.split("-")[0]
    near = [name for name in variations(TRAIN) if name.split("-")[0] == first]
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"MetaWorld has no task '{variation}'",
        f"Choose one of {', '.join(near)}"
        if near
        else "`./clap eval --suite metaworld --list` names all of them",
    )


def instruction(variation: str) -> str:
    """The sentence of a task.

    Raises:
        ClapError: INVALID_REQUEST if there is no such task.
    """
    return TASKS[level_of(variation)][variation]


def check() -> None:
    """Check that the suite can be played here.

    Raises:
        ClapError: INVALID_REQUEST, with the command that cures it.
    """
    check_installed()


def software() -> str:
    """What plays, for files."""
    from clap_bench.metaworld.world import software as told

    return told()


def world(variation: str) -> StepWorld:
    """The world of a task.

    Raises:
        ClapError: INVALID_REQUEST if there is no such task, or MetaWorld is not set up.
    """
    from clap_bench.metaworld.world import MetaWorldWorld

    return MetaWorldWorld(variation, instruction(variation))
