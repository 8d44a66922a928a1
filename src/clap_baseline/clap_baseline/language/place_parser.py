"""Where things go and where they come from: "in the safe, on the bottom shelf"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language import small_words as small
from clap_baseline.language.attributes import STATES
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.mentions import opens
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.own_hand import is_own_hand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.settling import resolved
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import verb_ahead
from clap_baseline.language.verbs import Phrase, Verb
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Relation

_ONES_OWN: tuple[Phrase, ...] = (("to", "its"), ("on", "its"), ("at", "its"))


_COMPARTMENTS = ("drawer", "shelf", "compartment", "rack", "level")
_TAKES = (Verb.PICK, Verb.BRING, Verb.LIFT)
_CARRIES = (Verb.PLACE, Verb.DROP, Verb.BRING, Verb.FIT)


def beside(relation: Relation, place: ObjectPhrase) -> tuple[Relation, ObjectPhrase]:
    """ "On the plate's left side" is left of the plate."""
    side = place.part.removesuffix(" side")
    if side in ("left", "right") and relation in (Relation.TOWARDS, Relation.ON):
        relation = Relation.LEFT_OF if side == "left" else Relation.RIGHT_OF
        place = replace(place, part="")
    return relation, place


class PlaceParser:
    """Reads places behind the objects of an order.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions

    def continues(self) -> bool:
        """Whether a relation behind a comma belongs to this clause: no order follows it."""
        reader = self._reader
        start = reader.at
        reader.take()
        reader.match(small.RELATIONS)
        try:
            self._nouns.name()
        except ClapError:
            return False
        else:
            return reader.peek() != ","
        finally:
            reader.at = start

    def place(self, command: SpokenCommand) -> SpokenCommand:
        """Read a relation and its reference, or a compartment of the one read before.

        Raises:
            ClapError: NOT_UNDERSTOOD, naming the word.
        """
        reader = self._reader
        if command.relation is not Relation.NONE:
            return self._compartment(command)
        match = reader.match(small.RELATIONS)
        relation = small.RELATIONS[match]
        if match == ("on",) and reader.peek() == "top" and reader.at_boundary(1):
            return self._on_top(command)
        if relation is Relation.IN and reader.peek() == "there":
            reader.take()
            return replace(command, relation=relation, reference=self._inside(command))
        where = reader.peek() == "where"
        if where:
            reader.take()
        order = verb_ahead(reader) and reader.peek() not in STATES
        if reader.at_boundary() or reader.ahead(small.CONNECTIVES) or order:
            if relation is Relation.IN and command.verb in _CARRIES:
                inside = self._inside(command)
                return replace(command, relation=relation, reference=inside)
            if match == ("to", "the", "left") or match == ("to", "the", "right"):
                raise reader.stumble()
            raise not_understood(f"'{' '.join(match)}' needs the name of an object behind it")
        if command.verb is Verb.RELEASE:
            command = replace(command, verb=Verb.PLACE)
        last_place = self._mentions.last_place
        self._nouns.role_noun = last_place.noun if last_place is not None else ""
        reference = self._nouns.name()
        if is_own_hand(reference) and command.verb in _TAKES and relation is Relation.IN:
            return replace(command, relation=Relation.NONE)
        if reference.words == ("side",) and reference.said == "its":
            part = " ".join(reference.choices)
            reference = replace(last_place or ObjectPhrase(said="it"), part=part)
        if where and not reader.match([("is",), ("stands",)]):
            raise reader.stumble()
        relation, reference = beside(relation, reference)
        return replace(command, relation=relation, reference=reference)

    def _on_top(self, command: SpokenCommand) -> SpokenCommand:
        """ "The blue block on top": of what the clause before put somewhere."""
        reader = self._reader
        previous = self._mentions.previous
        if previous is None or len(previous.objects) != 1 or previous.reference is None:
            raise not_understood("'on top' needs the name of an object behind it")
        reader.take()
        below = replace(previous.objects[0], recalled=True)
        return replace(command, relation=Relation.ON, reference=below)

    def bare_compartment(self, command: SpokenCommand) -> SpokenCommand | None:
        """Read ", bottom shelf" behind "in the safe"; None, with nothing read, elsewhere."""
        reader = self._reader
        start = reader.at
        if reader.peek() == "," and command.reference is not None and name_ahead(reader, 1):
            reader.take()
            try:
                name = self._nouns.name()
            except ClapError:
                name = ObjectPhrase()
            part = " ".join((*name.choices, *name.words))
            whole = command.reference
            if name.head in _COMPARTMENTS and name.head != whole.head and reader.at_boundary():
                on = Relation.ON if name.head == "shelf" else command.relation
                return replace(command, relation=on, reference=replace(whole, part=part))
        reader.at = start
        return None

    def own_side_ahead(self) -> bool:
        """Whether "to its left" stands here."""
        return bool(self._reader.ahead(_ONES_OWN)) and self._reader.peek(2) in ("left", "right")

    def own_side(self, command: SpokenCommand) -> SpokenCommand:
        """ "To its left": of what the clause before placed something at."""
        reader = self._reader
        reader.match(_ONES_OWN)
        relation = Relation.LEFT_OF if reader.take() == "left" else Relation.RIGHT_OF
        reader.match([("side",)])
        reference = self._mentions.last_place or ObjectPhrase(said="its")
        return replace(command, relation=relation, reference=reference)

    def _inside(self, command: SpokenCommand) -> ObjectPhrase:
        """What "inside" alone means: what was opened last."""
        apart = tuple(name.text for name in command.objects)
        previous = self._mentions.previous
        if previous is not None and previous.relation is Relation.TOWARDS and previous.reference:
            return replace(previous.reference, recalled=True)
        return self._mentions.resolve(ObjectPhrase(said="inside"), apart, only_opens=True)

    def _compartment(self, command: SpokenCommand) -> SpokenCommand:
        """ "In the safe, on the bottom shelf"."""
        reader = self._reader
        start = reader.at
        relation = small.RELATIONS[reader.match(small.RELATIONS)]
        name = self._nouns.name() if name_ahead(reader) else ObjectPhrase()
        if name.head in _COMPARTMENTS:
            part = " ".join((*name.choices, *name.words))
            assert command.reference is not None
            reference = command.reference
            if relation is Relation.TOWARDS:
                relation = Relation.ON
            if reference.head != "table" and name.head != reference.head:
                return replace(command, relation=relation, reference=replace(reference, part=part))
        if name.head in ("table", "safe", "cabinet", "cupboard") and relation is Relation.IN:
            assert command.reference is not None
            reference = command.reference
            if reference.head in knowledge().parts and not reference.part:
                part = " ".join((*reference.choices, *reference.words))
                return replace(command, reference=replace(name, part=part))
        reader.at = start
        raise reader.stumble()

    def source(self, command: SpokenCommand) -> SpokenCommand:
        """Read where things are taken from.

        Raises:
            ClapError: IMPOSSIBLE for what is pushed off something.
        """
        reader = self._reader
        off = reader.match(small.SOURCES)
        source = resolved(self._nouns.name(), self._mentions)
        if command.verb in (Verb.PUSH, Verb.PRESS):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"nothing is pushed '{' '.join(off)} the {source.text}': it could fall",
                "Push it towards something that stands on the table",
            )
        outside = off[0] in ("out", "from") and opens(source)
        command = replace(command, source=source if outside else None)
        if reader.peek() == "and" and reader.ahead(small.RELATIONS, 1):
            reader.take()
        return command
