"""A whole instruction: its clauses in the order in which they are to be done."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.clause_parser import ClauseParser
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.framing import without_framing
from clap_baseline.language.framing_phrases import DONE_WITH
from clap_baseline.language.mentions import Mentions
from clap_baseline.language.missing_nouns import with_nouns
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.quantities import refuse_amounts
from clap_baseline.language.text import STOP, not_understood, tokens_of
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import verb_ahead

_FOLLOWED_BY = (("followed", "by"),)
_SAME_WITH = (
    *((word, does) for word in ("so", "as") for does in ("does", "do", "should", "must")),
    ("do", "the", "same", "with"),
    ("do", "the", "same", "for"),
    ("do", "the", "same", "to"),
    ("continue", "with"),
    ("go", "on", "with"),
    ("carry", "on", "with"),
    ("proceed", "with"),
    ("finish", "with"),
    ("end", "with"),
)
_START_WITH = (
    ("start", "with"),
    ("begin", "with"),
    ("start", "off", "with"),
    ("start", "at"),
    *DONE_WITH,
)


def parse(instruction: str) -> tuple[SpokenCommand, ...]:
    """Parse an instruction.

    Raises:
        ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD (naming the word), IMPOSSIBLE.
    """
    tokens = without_framing(tokens_of(instruction))
    refuse_amounts(tokens)
    return with_nouns(_SentenceParser(TokenReader(tokens)).instruction())


class _SentenceParser:
    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader
        self._mentions = Mentions()
        self._clauses = ClauseParser(reader, NounParser(reader, self._mentions))

    def instruction(self) -> tuple[SpokenCommand, ...]:
        reader = self._reader
        commands: list[SpokenCommand] = []
        self._skip_connectives()
        while reader.peek():
            commands.extend(self._step(commands[-1] if commands else None))
            if reader.peek() and not self._skip_connectives() and not verb_ahead(reader):
                raise reader.stumble()
        self._mentions.check_topics()
        if not commands:
            raise not_understood("the instruction names nothing to do")
        return tuple(commands)

    def _step(self, previous: SpokenCommand | None) -> list[SpokenCommand]:
        """One clause, and what has to be done before or after it."""
        reader, clauses = self._reader, self._clauses
        if reader.match(_START_WITH):
            return clauses.repeated.started_with(previous)
        if reader.match(small.BEFORE):
            later = clauses.subordinate(previous)
            self._skip_connectives()
            return [*clauses.clause(previous), *later]
        if reader.match(small.AFTER):
            if reader.peek(-1) == "after" and clauses.repeated.starts_with_name():
                return clauses.repeated.started_with(previous)
            earlier = clauses.subordinate(previous)
            self._skip_connectives()
            return [*earlier, *clauses.clause(earlier[-1] if earlier else None)]
        if previous is not None and reader.match(_SAME_WITH):
            return clauses.repeated.repetition(previous)
        commands = clauses.clause(previous)
        if commands:
            commands[-1] = clauses.repeated.told_apart(commands[-1])
        last = commands[-1] if commands else None
        if last is not None and last.reference is not None and reader.match([(",", "which")]):
            return [*clauses.which(last.reference), *commands]
        if reader.match(small.BEFORE):
            return [*commands, *clauses.subordinate(last)]
        if reader.match(small.AFTER):
            return [*clauses.subordinate(last), *commands]
        if last is not None and (
            reader.match(_FOLLOWED_BY)
            or (reader.peek() == "," and self._followed_by_behind_comma())
        ):
            if verb_ahead(reader):
                return [*commands, *clauses.clause(last)]
            return [*commands, *clauses.repeated.repetition(last)]
        return commands

    def _followed_by_behind_comma(self) -> bool:
        start = self._reader.at
        self._reader.take()
        if self._reader.match(_FOLLOWED_BY):
            return True
        self._reader.at = start
        return False

    def _skip_connectives(self) -> bool:
        start = self._reader.at
        while self._reader.match([*small.CONNECTIVES, (",",), (STOP,)]):
            pass
        return self._reader.at > start
