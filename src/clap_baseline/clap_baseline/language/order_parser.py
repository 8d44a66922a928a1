"""Orders: a verb, what it is done to, and the rest."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.rest_parser import RestParser
from clap_baseline.language.settling import settled
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import read_particle, read_verb
from clap_baseline.language.verbs import Phrase, Verb
from clap_core.task_types import Relation

_GIVEN: dict[str, Verb] = {
    "push": Verb.PUSH,
    "shove": Verb.PUSH,
    "nudge": Verb.PUSH,
    "press": Verb.PRESS,
    "tap": Verb.PRESS,
    "click": Verb.PRESS,
    "lift": Verb.LIFT,
}
"""What may be given: "give the button a push"."""


_TAKES = (Verb.PICK, Verb.BRING, Verb.LIFT, Verb.UNPACK)
_NEVER_ALONE = (Verb.PLACE, Verb.DROP, Verb.STACK, Verb.FIT, Verb.RELEASE, Verb.SCREW, Verb.TURN,
                Verb.SWITCH, Verb.HIT, Verb.APPROACH, Verb.LIGHT, Verb.UNPACK)  # fmt: skip
"""What needs a name or a place of its own."""
_THERE: tuple[Phrase, ...] = (("there",), ("down", "there"))


class OrderParser:
    """Reads what an ordering verb is followed by.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._rest = RestParser(reader, nouns)

    def order(self, verb: Verb) -> list[SpokenCommand]:
        """The commands of an order whose verb has been read; not of "use".

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
        """
        reader = self._reader
        if verb is Verb.USE:
            raise reader.stumble()
        verb = read_particle(reader, verb)
        if verb is Verb.RELEASE and not name_ahead(reader):
            return [SpokenCommand(verb)]
        if self._means_it(verb):
            return [self._rest.complete(SpokenCommand(verb, (ObjectPhrase(said="it"),)))]
        lets_go = verb in (Verb.RELEASE, Verb.DROP) and reader.peek() == "it"
        if lets_go and reader.at_boundary(1) and self._mentions.is_empty:
            reader.take()
            return [SpokenCommand(Verb.RELEASE)]
        shared = self._shared_object(verb)
        if shared:
            return shared
        if verb in (Verb.PLACE, Verb.DROP) and reader.peek() in ("in", "inside"):
            return self._put_in()
        if verb in (Verb.PLACE, Verb.DROP) and reader.ahead(small.RELATIONS):
            relation = small.RELATIONS[reader.match(small.RELATIONS)]
            reference = self._nouns.name()
            carried = reader.at_boundary() or bool(reader.ahead(small.CONNECTIVES))
            if carried and self._carries_one():
                names: tuple[ObjectPhrase, ...] = (ObjectPhrase(said="it"),)
            else:
                names = read_names(reader, self._nouns)
            return [settled(SpokenCommand(verb, names, relation, reference), self._mentions)]
        names = read_names(reader, self._nouns)
        has_place = self._mentions.previous is not None
        if names[0].said == "it" and has_place and reader.match(_THERE):
            return []
        return [self._rest.complete(SpokenCommand(verb, names))]

    def _means_it(self, verb: Verb) -> bool:
        """Whether an order without a name is done to what was named: "... and press"."""
        reader = self._reader
        if verb in _NEVER_ALONE or self._mentions.is_empty:
            return False
        return reader.at_boundary() or bool(reader.ahead([("and", "then"), ("then",)]))

    def _carries_one(self) -> bool:
        """Whether the clause before took one thing: it is what is put down now."""
        previous = self._mentions.previous
        return previous is not None and previous.verb in _TAKES and len(previous.objects) == 1

    def _put_in(self) -> list[SpokenCommand]:
        """ "Put in the block": into what was named before; or "put in the box the block"."""
        reader = self._reader
        start = reader.at
        reader.take()
        names = read_names(reader, self._nouns)
        if name_ahead(reader):
            reader.at = start + 1
            reference = self._nouns.name()
            names = read_names(reader, self._nouns)
        elif self._carries_one():
            it = (ObjectPhrase(said="it"),)
            return [settled(SpokenCommand(Verb.PLACE, it, Relation.IN, names[0]), self._mentions)]
        else:
            reference = self._mentions.resolve(ObjectPhrase(said="in"), only_opens=True)
        return [settled(SpokenCommand(Verb.PLACE, names, Relation.IN, reference), self._mentions)]

    def _shared_object(self, verb: Verb) -> list[SpokenCommand]:
        """Two verbs with one object: "pick up and set down the white block"."""
        reader = self._reader
        start = reader.at
        if reader.peek() == "and":
            reader.match(small.CONNECTIVES)
            if reader.peek() == "then":
                reader.take()
            other = read_verb(reader)
            if other is not None:
                rest = self.order(other)
                return [SpokenCommand(verb, rest[0].objects), *rest]
        reader.at = start
        return []

    def give(self) -> list[SpokenCommand]:
        """ "Give the button a push"."""
        reader = self._reader
        reader.take()
        names = read_names(reader, self._nouns)
        if reader.match([("a",)]) and reader.peek() in _GIVEN:
            return [self._rest.complete(SpokenCommand(_GIVEN[reader.take()], names))]
        raise reader.stumble("handing things over is no skill of the arm")
