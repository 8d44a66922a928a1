"""Files made in parallel, to be interrupted and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

from clap_core.errors import ClapError, ErrorCode
from clap_core.processes import in_processes
from clap_data.whole_files import remove_abandoned


class FileStatus(str, Enum):
    """What became of a file that was to be made."""

    MADE = "made"
    REMADE = "remade"
    KEPT = "kept"
    FAILED = "failed"


class FileOrder(Protocol):
    """A file to make."""

    @property
    def folder(self) -> Path:
        """The collection's."""
        ...


Ordered = TypeVar("Ordered", bound=FileOrder)
Outcome = TypeVar("Outcome")


def produce_files(
    work: Sequence[Ordered],
    jobs: int,
    kept: Callable[[Ordered], Outcome | None],
    carry_out: Callable[[Ordered], Outcome],
) -> Generator[Outcome, None, None]:
    """Make the files that are not there yet; yields outcomes as they come.

    What is made does not depend on `jobs`. Closing the iterator ends the processes after what they
    are at.

    Args:
        work: the files.
        jobs: number of processes.
        kept: the outcome of a file that is there and whole; None for all others.
        carry_out: makes a file; a function of a module, which runs in a process of its own.

    Raises:
        ClapError: of the first file that cannot be made: a disk is full, a file of its name is
            another collection's, a process was killed, the folder cannot be made.
    """
    for folder in {order.folder for order in work}:
        _prepare(folder)
    missing = []
    for order in work:
        outcome = kept(order)
        if outcome is None:
            missing.append(order)
        else:
            yield outcome
    yield from in_processes(carry_out, missing, jobs)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the folder {folder} cannot be made: {error.strerror}",
            "Choose one that can be written",
        ) from error
    remove_abandoned(folder)
