"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    SKIPPED = "not looked at"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was looked at.
        level: how bad it is.
        text: what was seen.
        cure: what to do about it; empty where nothing is to be done.
    """

    name: str
    level: Level
    text: str
    cure: str = ""


def ok(name: str, text: str) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, text)


def skipped(name: str, text: str, cure: str = "") -> Finding:
    """It was not looked at, and why."""
    return Finding(name, Level.SKIPPED, text, cure)


def warning(name: str, text: str, cure: str) -> Finding:
    """It works, and may fail one day."""
    return Finding(name, Level.WARNING, text, cure)


def wrong(name: str, text: str, cure: str) -> Finding:
    """It does not work so."""
    return Finding(name, Level.WRONG, text, cure)
