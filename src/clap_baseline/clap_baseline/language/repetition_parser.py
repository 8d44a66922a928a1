"""Clauses that leave out their verb, because it is that of the clause beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import is_plural, singular
from clap_baseline.language.lookahead import name_is_certain
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.repetition import of_one_kind, told_apart
from clap_baseline.language.rest_parser import RestParser
from clap_baseline.language.settling import settled
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import order_behind_comma, verb_ahead
from clap_baseline.language.verbs import Verb
from clap_core.errors import ClapError
from clap_core.task_types import Relation


class RepetitionParser:
    """Reads "... and then the moon", "two buttons, the red one ...", "after the red button, ...".

    Args:
        reader: the cursor.
        nouns: reads names.
        clause: reads the clause that starts here.
    """

    def __init__(
        self,
        reader: TokenReader,
        nouns: NounParser,
        clause: Callable[[SpokenCommand | None], list[SpokenCommand]],
    ) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._rest = RestParser(reader, nouns)
        self._clause = clause

    def repetition(self, previous: SpokenCommand) -> list[SpokenCommand]:
        """The last clause again with other things: "... and then the moon"."""
        command = self._rest.read(
            SpokenCommand(previous.verb, read_names(self._reader, self._nouns))
        )
        if command.relation is Relation.NONE:
            command = replace(command, relation=previous.relation, reference=previous.reference)
        if command.tool is None:
            command = replace(command, tool=previous.tool)
        return [settled(command, self._mentions)]

    def told_apart(self, last: SpokenCommand) -> SpokenCommand:
        """The order that ends here with the names behind it: "two buttons, first the red one"."""
        reader = self._reader
        if len(last.objects) != 1:
            return last
        thing = last.objects[0]
        if thing.count is None and not (thing.is_bare and is_plural(thing.head)):
            return last
        start = reader.at
        self._nouns.role_noun = singular(thing.noun)
        if reader.match([(",",), (".",)]) and name_is_certain(reader):
            names = read_names(reader, self._nouns)
            if reader.at_boundary() and of_one_kind(last, names):
                return settled(told_apart(last, names), self._mentions)
        reader.at = start
        return last

    def starts_with_name(self) -> bool:
        """Whether a mere name stands before a comma or an order: "after the red button, ..."."""
        reader = self._reader
        start = reader.at
        found = name_is_certain(reader)
        if found:
            try:
                read_names(reader, self._nouns)
            except ClapError:
                found = False
        found = found and (order_behind_comma(reader) or verb_ahead(reader))
        reader.at = start
        return found

    def started_with(self, previous: SpokenCommand | None) -> list[SpokenCommand]:
        """ "Start with the red button, then press the green one": what is done to both."""
        names = read_names(self._reader, self._nouns)
        acted_on = previous is not None and {n.text for n in previous.objects} == {
            n.text for n in names
        }
        for name in names:
            self._mentions.add(name)
        while self._reader.match([*small.CONNECTIVES, (",",), (".",)]):
            pass
        later = self._clause(previous)
        if acted_on:
            return later
        if not later or later[0].verb is not Verb.PRESS:
            raise not_understood(f"what to do with '{names[0].text}' was not said")
        return [settled(replace(later[0], objects=names), self._mentions), *later]
