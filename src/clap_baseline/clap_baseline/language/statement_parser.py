"""Statements of what is or should be: "the mug belongs on the plate"."""

from __future__ import annotations

from clap_baseline.knowledge import knowledge
from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_is_certain
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.rest_parser import RestParser
from clap_baseline.language.settling import settled
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import read_particle, read_verb
from clap_baseline.language.verbs import FORMS, STATE_VERBS, Verb, words
from clap_core.task_types import Relation

_NEEDS = ("needs", "need", "wants", "want", "requires", "gets", "get")
_ITS_LID = tuple((its, lid) for its in ("its", "a", "the") for lid in ("lid", "cap"))
_UPON_IT = tuple((*relation, "it") for relation in small.RELATIONS)
_HOLLOW = words(
    "bowl box basket cup mug pot pan bin crate vase glass jar bucket drawer cupboard fridge "
    "microwave safe bag sink kettle can bottle container"
)


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

    def statement(self, names: tuple[ObjectPhrase, ...]) -> list[SpokenCommand]:
        """What is or should be so."""
        reader = self._reader
        needs = False
        while reader.ahead([*small.BECOMES, *small.IS_NOW]):
            needs = reader.peek() in _NEEDS
            reader.match([*small.BECOMES, *small.IS_NOW])
        reader.match([("both",)])
        if needs and self._lid_ahead():
            return [settled(SpokenCommand(Verb.CLOSE, names), self._mentions)]
        if needs and name_is_certain(reader):
            return self._needs(names)
        if reader.peek() in ("have", "hold", "carry", "contain"):
            return self._carries(names)
        if reader.peek() == "up" and reader.at_boundary(1):
            reader.take()
            return [settled(SpokenCommand(Verb.PICK, names), self._mentions)]
        if reader.peek(-1) == "go" and (reader.at_boundary() or reader.peek() in ("there", "of")):
            reader.match([("there",)])
            return [settled(SpokenCommand(Verb.RELEASE, names), self._mentions)]
        word = reader.peek()
        if word in STATE_VERBS and (word, reader.peek(1)) != ("open", "the"):
            reader.take()
            command = self._rest.complete(SpokenCommand(STATE_VERBS[word], names))
            return [command, *self._second_state(names)]
        verb = read_verb(reader, any_form=True)
        if verb is not None:
            verb = read_particle(reader, verb)
            commands = [self._rest.complete(SpokenCommand(verb, names))]
            return [*commands, *self._second_state(names)]
        if reader.ahead(small.RELATIONS):
            found = self._rest.complete(SpokenCommand(Verb.PLACE, names))
            return [found, *self._second_state(names)]
        raise reader.stumble()

    def _lid_ahead(self) -> bool:
        """Read "its lid", in "the jar needs its lid"."""
        reader = self._reader
        return bool(reader.match(_ITS_LID)) and (reader.at_boundary() or reader.peek() == "on")

    def _needs(self, names: tuple[ObjectPhrase, ...]) -> list[SpokenCommand]:
        """ "The lamp needs the white bulb": what is screwed into what, and nothing else."""
        reader = self._reader
        start = reader.at
        part = self._nouns.name()
        if len(names) != 1 or knowledge().screws_into.get(part.head) != names[0].head:
            reader.at = start
            raise reader.stumble("what it needs does not say what to do")
        return [settled(SpokenCommand(Verb.SCREW, (part,), Relation.IN, names[0]), self._mentions)]

    def _carries(self, names: tuple[ObjectPhrase, ...]) -> list[SpokenCommand]:
        """ "The plate should have the block on it"."""
        reader = self._reader
        contains = reader.take() == "contain"
        things = read_names(reader, self._nouns)
        found = reader.match(_UPON_IT)
        if len(names) != 1 or bool(found) == contains:
            raise reader.stumble()
        relation = small.RELATIONS[found[:-1]] if found else Relation.IN
        command = SpokenCommand(Verb.PLACE, things, relation, names[0])
        return [settled(command, self._mentions)]

    def _second_state(self, names: tuple[ObjectPhrase, ...]) -> list[SpokenCommand]:
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

    def is_where(self) -> list[SpokenCommand]:
        """ "The bowl is where the block should go"."""
        reader = self._reader
        place = self._nouns.name()
        reader.match(small.IS_WHERE)
        names = read_names(reader, self._nouns)
        while reader.match(small.BECOMES):
            pass
        return [settled(SpokenCommand(Verb.PLACE, names, on_or_in(place), place), self._mentions)]


def on_or_in(place: ObjectPhrase) -> Relation:
    """How a thing is at a place that is only said to be its place."""
    return Relation.IN if place.head in _HOLLOW else Relation.ON
