"""Statements of what is or should be: "the mug belongs on the plate"."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.command import Command
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.rest_parser import RestParser
from clap_baseline.language.settling import settled
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import read_particle, read_verb
from clap_baseline.language.verbs import FORMS, STATE_VERBS, Verb
from clap_core.task_types import Relation

_HOLLOW = frozenset({"bowl", "box", "basket", "cup", "mug"})


class StatementParser:
    """Reads what follows the names of a statement.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._rest = RestParser(reader, nouns)

    def statement(self, names: tuple[ObjectPhrase, ...]) -> list[Command]:
        """What is or should be so."""
        reader = self._reader
        while reader.match(small.BECOMES):
            pass
        reader.match([("both",)])
        word = reader.peek()
        if word in STATE_VERBS and (word, reader.peek(1)) != ("open", "the"):
            reader.take()
            command = self._rest.complete(Command(STATE_VERBS[word], names))
            return [command, *self._second_state(names)]
        verb = read_verb(reader, any_form=True)
        if verb is not None:
            verb = read_particle(reader, verb)
            commands = [self._rest.complete(Command(verb, names))]
            return [*commands, *self._second_state(names)]
        if reader.ahead(small.RELATIONS):
            found = self._rest.complete(Command(Verb.PLACE, names))
            return [found, *self._second_state(names)]
        raise reader.stumble()

    def _second_state(self, names: tuple[ObjectPhrase, ...]) -> list[Command]:
        """ "... and then closed"."""
        reader = self._reader
        start = reader.at
        while reader.match([*small.CONNECTIVES, (",",)]):
            pass
        word = reader.peek()
        is_state = (word in FORMS and FORMS[word] != word) or word in STATE_VERBS
        if reader.at > start and is_state and word not in ("open", "left"):
            return self.statement(names)
        reader.at = start
        return []

    def is_where(self) -> list[Command]:
        """ "The bowl is where the block should go"."""
        reader = self._reader
        place = self._nouns.name()
        reader.match(small.IS_WHERE)
        names = read_names(reader, self._nouns)
        while reader.match(small.BECOMES):
            pass
        relation = Relation.IN if place.head in _HOLLOW else Relation.ON
        return [settled(Command(Verb.PLACE, names, relation, place), self._mentions)]
