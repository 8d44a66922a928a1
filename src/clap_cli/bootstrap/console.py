"""What the user sees while the environment is made. On stderr: stdout belongs to the command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Step:
    """One line of progress; rewritten in place on a terminal, printed once elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self.progress("" if self._is_terminal else "...")

    def progress(self, text: str) -> None:
        """Shows how far the step is."""
        if self._is_terminal:
            sys.stderr.write(f"\r\033[K  {self._title}  {text}")
        elif text == "...":
            sys.stderr.write(f"  {self._title} ...\n")
        sys.stderr.flush()

    def done(self) -> None:
        """Closes the line with the time the step took."""
        start = "\r\033[K" if self._is_terminal else ""
        seconds = time.monotonic() - self._started
        sys.stderr.write(f"{start}  {self._title}  done in {seconds:.0f} s\n")
        sys.stderr.flush()

    def broken_off(self) -> None:
        """Leaves the line as it is and goes to the next."""
        if self._is_terminal:
            sys.stderr.write("\n")
            sys.stderr.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Shows a step from its beginning to its end."""
    line = Step(title)
    try:
        yield line
    except BaseException:
        line.broken_off()
        raise
    line.done()


def say(text: str) -> None:
    """Prints one line."""
    print(text, file=sys.stderr, flush=True)
