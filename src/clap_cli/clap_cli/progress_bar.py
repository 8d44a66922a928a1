"""How far a command is that makes many things."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Outcome = TypeVar("Outcome")


def collect(
    console: Console,
    making: Generator[Outcome, None, None],
    what: str,
    total: int,
    advance: Callable[[Outcome], tuple[int, str]],
) -> tuple[list[Outcome], bool]:
    """Take outcomes as they come, and show how far it is.

    Args:
        console: to show it on.
        making: gives the outcomes; closed when it ends and on Ctrl-C.
        what: is made.
        total: how many of them.
        advance: how many an outcome stands for, and what to show from then on.

    Returns:
        The outcomes, and whether Ctrl-C ended it early.
    """
    outcomes: list[Outcome] = []
    with progress_bar(console) as bar:
        row = bar.add_task(what, total=total)
        try:
            for outcome in making:
                outcomes.append(outcome)
                count, description = advance(outcome)
                bar.update(row, advance=count, description=description)
        except KeyboardInterrupt:
            return outcomes, True
        finally:
            making.close()
    return outcomes, False


def progress_bar(console: Console) -> Progress:
    """Rows of what is made, how many of how many, the time that went and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
