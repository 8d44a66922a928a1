"""A cursor over the words of an instruction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clap_baseline.language.text import STOP, not_understood
from clap_baseline.language.verbs import Phrase
from clap_core.errors import ClapError

_LONGEST = 9
"""Words in the longest phrase of any table."""

BOUNDARY = (",", STOP, "")


class PhraseTable:
    """Phrases by their first word: for tables too long to be gone through at each word.

    Args:
        phrases: none of them empty.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def beginning_with(self, word: str) -> Sequence[Phrase]:
        """Those that begin with a word."""
        return self._by_first.get(word, ())


class TokenReader:
    """Reads words one after the other.

    Attributes:
        at: index of the next word.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self.at = 0

    def peek(self, offset: int = 0) -> str:
        """The next word, or the one `offset` behind it; "" at the end."""
        position = self.at + offset
        return self.tokens[position] if 0 <= position < len(self.tokens) else ""

    def take(self) -> str:
        """Read the next word."""
        self.at += 1
        return self.peek(-1)

    def match(self, table: PhraseTable | Iterable[Phrase]) -> Phrase:
        """Read the longest phrase of a table that stands here; () if none does."""
        found = self.ahead(table)
        self.at += len(found)
        return found

    def ahead(self, table: PhraseTable | Iterable[Phrase], offset: int = 0) -> Phrase:
        """The longest phrase of a table that stands here, unread; () if none does."""
        start = self.at + offset
        rest = tuple(self.tokens[start : start + _LONGEST])
        known = table.beginning_with(self.peek(offset)) if isinstance(table, PhraseTable) else table
        return max(
            (phrase for phrase in known if rest[: len(phrase)] == phrase), key=len, default=()
        )

    def at_boundary(self, offset: int = 0) -> bool:
        """Whether a comma, a full stop or the end is next."""
        return self.peek(offset) in BOUNDARY

    def stumble(self, hint: str = "") -> ClapError:
        """NOT_UNDERSTOOD, naming the next word."""
        word = self.peek() or (self.tokens[-1] if self.tokens else "")
        where = f"at the word '{word}'" if self.peek() else f"after the word '{word}'"
        return not_understood(
            f"the instruction was not understood {where}" + (f": {hint}" if hint else "")
        )
