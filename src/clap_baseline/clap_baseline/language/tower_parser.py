"""Towers: "build a tower of the blue, red and green blocks, from bottom to top"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language.attributes import COLOURS
from clap_baseline.language.command import Command
from clap_baseline.language.inflection import singular
from clap_baseline.language.lookahead import name_is_certain, noun_at
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.small_words import CONNECTIVES
from clap_baseline.language.text import STOP, any_number
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import Phrase, Verb
from clap_core.task_types import Relation

_BUILD: tuple[Phrase, ...] = tuple(
    (verb, "a", what) for verb in ("build", "make") for what in ("tower", "stack", "pile")
)
_PILE_UP: tuple[Phrase, ...] = (("pile", "up", "the", "blocks"),)
_STACK_ALL: tuple[Phrase, ...] = (("stack", "all"),)
_OF: tuple[Phrase, ...] = (("out", "of"), ("of",), ("from",), ("with",))
_BOTTOM_UP: tuple[Phrase, ...] = (
    ("from", "bottom", "to", "top"),
    ("from", "the", "bottom", "to", "the", "top"),
    ("from", "below"),
    ("in", "this", "order"),
)
_LEVELS: tuple[Phrase, ...] = (
    ("at", "the", "bottom"),
    ("on", "the", "bottom"),
    ("on", "it"),
    ("on", "top", "of", "it"),
    ("on", "top"),
    ("at", "the", "top"),
)
_DEFAULT_NOUN = "block"


class TowerParser:
    """Reads orders to build a tower.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns

    def tower(self) -> Command | None:
        """The tower that is ordered here; None, with nothing read, where none is."""
        reader = self._reader
        if reader.ahead(_STACK_ALL):
            return self._all()
        if not (reader.match(_BUILD) or reader.match(_PILE_UP)):
            return None
        objects: tuple[ObjectPhrase, ...] = ()
        base: ObjectPhrase | None = None
        for _ in range(4):
            if reader.peek() == "," or (reader.peek() == STOP and not objects):
                reader.take()
            reader.match(_BOTTOM_UP)
            if reader.peek() == "on" and base is None:
                reader.take()
                base = self._nouns.name()
            elif not objects and (reader.match(_OF) or self._is_list()):
                objects = self._list()
        if not objects:
            raise reader.stumble("of what?")
        relation = Relation.ON if base is not None else Relation.NONE
        return Command(Verb.STACK, objects, relation, base, tower=True)

    def _all(self) -> Command:
        """ "Stack all cups, the red one at the bottom"."""
        reader = self._reader
        reader.take()
        things = self._nouns.name()
        if reader.peek() != ",":
            raise any_number(things.said)
        reader.take()
        self._nouns.role_noun = singular(things.noun)
        lowest = self._nouns.name()
        if lowest.choices != ("bottom",) and not reader.match(_LEVELS):
            raise reader.stumble()
        lowest = replace(lowest, choices=())
        return Command(
            Verb.STACK,
            (replace(things, quantifier="other", other_than=lowest.text),),
            Relation.ON,
            lowest,
        )

    def _is_list(self) -> bool:
        return self._reader.peek() in COLOURS

    def _list(self) -> tuple[ObjectPhrase, ...]:
        """Things from bottom to top; colours alone are blocks."""
        reader = self._reader
        names = [self._item()]
        while reader.peek() in (",", "and"):
            start = reader.at
            while reader.match([*CONNECTIVES, (",",)]):
                pass
            if not (name_is_certain(reader) or noun_at(reader)):
                reader.at = start
                break
            names.append(self._item())
        nouns = [singular(name.noun) for name in names if not name.lacks_noun]
        noun = nouns[-1] if nouns else _DEFAULT_NOUN
        if len(names) == 1:
            return tuple(names)
        return tuple(
            name.with_noun(noun)
            if name.lacks_noun
            else replace(name, words=tuple(singular(name.name).split()))
            for name in names
        )

    def _item(self) -> ObjectPhrase:
        name = self._nouns.name()
        self._reader.match(_LEVELS)
        on_level = name.choices in (("bottom",), ("top",))
        return replace(name, choices=()) if on_level else name
