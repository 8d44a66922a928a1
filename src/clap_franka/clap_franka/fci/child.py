"""A process of the node with a pipe to it."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

from clap_core.errors import ClapError, ErrorCode

END_TIMEOUT_S = 3.0
"""How long a process may take to stop what moves."""


class Child:
    """Starts a process, spawned: neither threads nor a middleware's state survive a fork.

    Args:
        name: of what runs in it, for errors.
        body: a function of a module; its first argument is the process's end of the pipe.
        arguments: the others.
    """

    def __init__(self, name: str, body: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._name = name
        self._link, theirs = context.Pipe()
        self._process = context.Process(
            target=body, args=(theirs, *arguments), name=name, daemon=True
        )
        self._process.start()
        # With ours alone open, its death closes the pipe.
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    @property
    def death(self) -> ClapError | None:
        """What to say when it is gone; None while it lives."""
        if self._process.is_alive():
            return None
        return ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{self._name} ended by itself (exit code {self._process.exitcode}): nothing commands "
            "the robot any more",
            "Start the node fci_driver again; its log tells why",
        )

    def send(self, message: object) -> None:
        """Send it something.

        Raises:
            ClapError: NODE_UNAVAILABLE, it is gone.
        """
        try:
            self._link.send(message)
        except OSError as error:
            self._process.join(END_TIMEOUT_S)
            raise self.death or ClapError(
                ErrorCode.NODE_UNAVAILABLE, f"{self._name} does not listen", "Start the node again"
            ) from error

    def messages(self) -> Iterator[Any]:
        """What it has sent."""
        try:
            while self._link.poll():
                yield self._link.recv()
        except (EOFError, OSError):
            return

    def end(self, farewell: object) -> None:
        """Ask it to end, and see to it."""
        with contextlib.suppress(OSError):
            self._link.send(farewell)
        self._process.join(END_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._link.close()
