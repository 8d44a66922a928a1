"""What a running launch tells to those who listen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessStarted:
    """A process runs.

    Args:
        label: its label.
        pid: its process id, which is its process group's too.
        start_count: 1 for the first start, more after respawns.
    """

    label: str
    pid: int
    start_count: int


@dataclass(frozen=True)
class ProcessExited:
    """A process ended.

    Args:
        label: its label.
        pid: the process id it had.
        return_code: as in ``subprocess``, negative for a signal.
        expected: whether the launch was shutting down.
        respawning: whether it is started again.
    """

    label: str
    pid: int
    return_code: int
    expected: bool
    respawning: bool


@dataclass(frozen=True)
class ProcessFailedToStart:
    """A program could not be executed at all."""

    label: str
    problem: str


@dataclass(frozen=True)
class OutputLine:
    """A line that a process printed, without the line end."""

    label: str
    text: str
    is_error: bool


@dataclass(frozen=True)
class LaunchMessage:
    """A line of the launch itself.

    Args:
        text: what it says.
        is_error: whether something went wrong.
    """

    text: str
    is_error: bool = False


@dataclass(frozen=True)
class ShutdownStarted:
    """Everything is being ended.

    Args:
        reason: why.
        is_error: whether because something failed.
    """

    reason: str
    is_error: bool


Event = (
    ProcessStarted
    | ProcessExited
    | ProcessFailedToStart
    | OutputLine
    | LaunchMessage
    | ShutdownStarted
)
