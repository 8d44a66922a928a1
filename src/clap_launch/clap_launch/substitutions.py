"""Parses text with ``$(name argument ...)`` into a tree.

The grammar is that of ROS 2's launch front ends: outside a substitution everything is text and a
backslash escapes the next character; inside, arguments are separated by single spaces, may be
quoted, and may hold substitutions themselves. Evaluating the tree is ``evaluate.py``'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clap_launch.errors import LaunchError, Location

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Call:
    """One ``$(name argument ...)``.

    Args:
        name: the substitution's name, for example ``var``.
        arguments: each a template of its own.
    """

    name: str
    arguments: tuple[Template, ...]


Template = tuple[str | Call, ...]


def parse(text: str, place: Location) -> Template:
    """Parse text that may hold substitutions.

    Args:
        text: the text as written.
        place: where it stands, for the error.

    Returns:
        Text fragments and calls, in order.

    Raises:
        LaunchError: a bracket or a quote is not closed, or a name is missing.
    """
    reader = _Reader(text, place)
    template = reader.template(end="")
    return template


class _Reader:
    """A recursive-descent reader over one string."""

    def __init__(self, text: str, place: Location) -> None:
        self._text = text
        self._place = place
        self._at = 0

    def _fail(self, problem: str) -> LaunchError:
        return LaunchError(
            self._place,
            f"{problem} in '{self._text}'",
            "Write substitutions as $(name argument), with quotes around arguments with spaces",
        )

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _starts_call(self) -> bool:
        return self._text.startswith("$(", self._at)

    def template(self, end: str) -> Template:
        """Read text and calls up to the character ``end`` (or the end of the string for '')."""
        parts: list[str | Call] = []
        while True:
            if self._at >= len(self._text):
                if end:
                    raise self._fail(f"a quote {end} is not closed")
                return tuple(parts)
            if end and self._peek() == end:
                return tuple(parts)
            if self._starts_call():
                parts.append(self._call())
            else:
                self._append(parts, self._character())

    @staticmethod
    def _append(parts: list[str | Call], text: str) -> None:
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)

    def _character(self) -> str:
        character = self._peek()
        if character == "\\" and self._at + 1 < len(self._text):
            character = self._text[self._at + 1]
            self._at += 1
        self._at += 1
        return character

    def _call(self) -> Call:
        self._at += len("$(")
        found = _IDENTIFIER.match(self._text, self._at)
        if found is None:
            raise self._fail("a substitution has no name")
        self._at = found.end()
        arguments = []
        while self._peek() == " ":
            self._at += 1
            arguments.append(self._argument())
        if self._peek() != ")":
            raise self._fail(f"$({found.group()} ...) is not closed")
        self._at += 1
        return Call(found.group(), tuple(arguments))

    def _argument(self) -> Template:
        quote = self._peek()
        if quote and quote in "'\"":
            self._at += 1
            inner = self.template(end=quote)
            self._at += 1
            return inner
        parts: list[str | Call] = []
        while self._peek() and self._peek() not in " )":
            if self._starts_call():
                parts.append(self._call())
            elif self._peek() in "('\"":
                raise self._fail(f"an unquoted argument holds {self._peek()}")
            else:
                self._append(parts, self._character())
        if not parts:
            raise self._fail("an argument is empty (two spaces, or a space before the bracket)")
        return tuple(parts)
