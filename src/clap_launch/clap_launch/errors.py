"""The one error of the launch runner: it knows the file and the line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode


@dataclass(frozen=True)
class Location:
    """Where something stands in a launch file.

    Args:
        file: the launch file.
        line: line number, counted from 1.
    """

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class LaunchError(ClapError):
    """A launch file, or the arguments given to it, cannot be used.

    Args:
        place: file and line, or None where the fault lies on the command line.
        reason: what is wrong, naming the thing.
        cure: what to do about it.
    """

    def __init__(self, place: Location | None, reason: str, cure: str) -> None:
        self.place = place
        located = f"{place}: {reason}" if place is not None else reason
        super().__init__(ErrorCode.INVALID_REQUEST, located, cure)


def suggest(name: str, known: Iterable[str]) -> str:
    """A cure for a misspelt name: the nearest known ones, or all of them."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(n) for n in near)}?"
    if not names:
        return "None is known here; remove it"
    return f"Use one of: {', '.join(names)}"
