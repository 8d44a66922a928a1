"""What can be wrong with a demonstration, each kind with its cure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from clap_core.errors import ClapError


class FindingKind(Enum):
    """A kind of finding: its name, and what to do where nothing better is known."""

    UNREADABLE = "unreadable", "Record again"
    GAP = "gap", "Record to a local disk, with less else running, and record again"
    RATE = "rate", "Look at the driver (`./clap doctor`), or record fewer topics"
    STAMPS = "stamps", "Synchronise the computers' clocks (chrony, PTP), and record again"
    SKEW = "skew", "Synchronise the computers' clocks (chrony, PTP), and record again"
    UNITS = "units", "Set the driver to radians and metres (REP 103), and record again"
    NO_IMAGE = "no-image", "Stand still longer at each key pose, or leave this camera out"
    OTHER_ROBOT = "other-robot", "Leave it out: teach each arm with its own demonstrations"
    NO_REST = (
        "no-rest",
        "Stand still for half a second at each pose that matters, and show it again",
    )
    NO_HAND = "no-hand", "If something is to be grasped, close the hand while recording"
    INVERTED = "inverted-gripper", "Swap open and closed where the hand's joints are published"
    UNREACHABLE = "unreachable", "Show it where the arm reaches, away from table and limits"
    CONTRADICTION = "contradiction", "Leave one of them out, or say different sentences"

    def __init__(self, word: str, cure: str) -> None:
        self.word = word
        self.cure = cure


@dataclass(frozen=True)
class DataFinding:
    """Something that is wrong, or doubtful.

    Attributes:
        kind: of it.
        file: episode or bag.
        reason: what is wrong, naming the thing.
        at_s: when, in seconds after the demonstration's first joint states or look; None where it
            is no moment.
        is_fatal: whether the demonstration is of no use with it.
        better_cure: than the kind's; empty for that.
    """

    kind: FindingKind
    file: Path
    reason: str
    at_s: float | None = None
    is_fatal: bool = True
    better_cure: str = ""

    @classmethod
    def of_error(
        cls, error: ClapError, kind: FindingKind, file: Path, at_s: float | None = None
    ) -> DataFinding:
        """That something was refused, with the refusal's own cure."""
        return cls(kind, file, error.reason.rstrip("."), at_s, better_cure=error.cure)

    @property
    def cure(self) -> str:
        """What to do about it."""
        return (self.better_cure or self.kind.cure).rstrip(".")

    @property
    def line(self) -> str:
        """All of it in one line."""
        grade = "" if self.is_fatal else " (doubtful)"
        moment = "" if self.at_s is None else f" at {self.at_s:.2f} s"
        return f"{self.kind.word}{grade}: {self.file}{moment}: {self.reason}. {self.cure}."

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind.word, "unusable": self.is_fatal, "file": str(self.file),
            "at_s": self.at_s, "reason": self.reason, "cure": self.cure,
        }  # fmt: skip
