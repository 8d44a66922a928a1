"""Single keys of a terminal, without Enter; a foot pedal that types is as good."""

from __future__ import annotations

import os
import select
import termios
import tty
from collections.abc import Mapping, Sequence
from enum import Enum
from types import TracebackType

from clap_core.errors import ClapError, ErrorCode


class Press(Enum):
    """What a key says, and the key that says it where no other was chosen."""

    BEGIN = "b"
    END = "e"
    GOOD = "g"
    FAILED = "f"
    DISCARD = "d"
    QUIT = "q"


def bindings(chosen: Sequence[str]) -> dict[str, Press]:
    """What each key says.

    Args:
        chosen: as ``begin=1``.

    Raises:
        ClapError: INVALID_REQUEST for other words, and for one key for two things.
    """
    keys = {press: press.value for press in Press}
    for word in chosen:
        name, _, key = word.partition("=")
        if name.upper() not in Press.__members__ or len(key) != 1 or key.isspace():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"'{word}' gives no key a meaning",
                f"Say it as begin=1; there are {', '.join(one.name.lower() for one in Press)}",
            )
        keys[Press[name.upper()]] = key.lower()
    if len(set(keys.values())) != len(keys):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "one key would say two things: "
            + ", ".join(f"{press.name.lower()}={key}" for press, key in keys.items()),
            "Choose other keys with --keys",
        )
    return {key: press for press, key in keys.items()}


class Keyboard:
    """Keys as they are pressed; a context manager, which leaves the terminal as it was.

    Args:
        descriptor: of the terminal, or of a pipe, whose end quits.
        meaning: of each key; others are passed over.
    """

    def __init__(self, descriptor: int, meaning: Mapping[str, Press]) -> None:
        self._descriptor = descriptor
        self._meaning = meaning
        self._before = termios.tcgetattr(descriptor) if os.isatty(descriptor) else None

    def __enter__(self) -> Keyboard:
        if self._before is not None:
            tty.setcbreak(self._descriptor)  # Ctrl-C stays a signal
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def pressed(self, timeout_s: float) -> Press | None:
        """The next key that says something; None if none came in time."""
        if not select.select([self._descriptor], [], [], timeout_s)[0]:
            return None
        data = os.read(self._descriptor, 1)
        if not data:
            return Press.QUIT
        return self._meaning.get(data.decode(errors="replace").lower())
