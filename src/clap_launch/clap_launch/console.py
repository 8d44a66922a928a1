"""Prints a launch's events: one colour and one prefix per process."""

from __future__ import annotations

import sys
import zlib
from typing import TextIO

from clap_launch.description import Description
from clap_launch.events import (
    Event,
    LaunchMessage,
    OutputLine,
    ProcessExited,
    ProcessFailedToStart,
    ProcessStarted,
    ShutdownStarted,
)

_COLOURS = (32, 33, 34, 35, 36, 92, 93, 94, 95, 96)
_RED = 31
_LAUNCH = "launch"


class Console:
    """Writes events to a stream; give its ``print`` to ``Launch`` as ``on_event``.

    Args:
        description: what runs; tells which processes want their output on the screen.
        stream: where to write, standard output where None.
        colour: whether to colour; where None, if the stream is a terminal.
    """

    def __init__(
        self,
        description: Description,
        stream: TextIO | None = None,
        colour: bool | None = None,
    ) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._colour = self._stream.isatty() if colour is None else colour
        self._outputs = {process.label: process.output for process in description.processes}

    def print(self, event: Event) -> None:
        """Print one event, if it is for the screen."""
        if isinstance(event, OutputLine):
            # As in ROS 2: "log" keeps standard output off the screen, but not errors.
            if event.is_error or self._outputs.get(event.label) in (
                "screen",
                "both",
                "full",
            ):
                self._line(event.label, event.text)
        elif isinstance(event, ProcessStarted):
            again = f", start {event.start_count}" if event.start_count > 1 else ""
            self._line(event.label, f"started (pid {event.pid}{again})")
        elif isinstance(event, ProcessExited):
            self._exited(event)
        elif isinstance(event, ProcessFailedToStart):
            self._line(event.label, f"could not be started: {event.problem}", is_error=True)
        elif isinstance(event, ShutdownStarted):
            self._line(_LAUNCH, f"shutting down: {event.reason}", event.is_error)
        elif isinstance(event, LaunchMessage):
            self._line(_LAUNCH, event.text, event.is_error)

    def _exited(self, event: ProcessExited) -> None:
        clean = event.return_code == 0 or event.expected
        text = "ended" if clean else f"died (exit code {event.return_code})"
        if event.respawning:
            text += ", starting it again"
        self._line(event.label, text, is_error=not clean)

    def _line(self, label: str, text: str, is_error: bool = False) -> None:
        prefix = f"[{label}]"
        if self._colour:
            prefix = f"\033[{self._colour_of(label)}m{prefix}\033[0m"
            if is_error:
                text = f"\033[{_RED}m{text}\033[0m"
        self._stream.write(f"{prefix} {text}\n")
        self._stream.flush()

    @staticmethod
    def _colour_of(label: str) -> int:
        # The label alone decides, so that a node keeps its colour from run to run.
        return _COLOURS[zlib.crc32(label.encode()) % len(_COLOURS)]
