"""Towers: "build a tower of the blue, red and green blocks, from bottom to top"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language.attributes import COLOURS
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import singular
from clap_baseline.language.lookahead import name_is_certain, noun_at
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.small_words import CONNECTIVES
from clap_baseline.language.text import STOP, any_number
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.tower_levels import (
    BOTTOM_UP,
    TOP_DOWN,
    Level,
    bottom_up,
    level_of_choice,
    read_level,
)
from clap_baseline.language.verbs import Phrase, Verb
from clap_core.task_types import Relation

_BUILD: tuple[Phrase, ...] = tuple(
    (*verb, "a", *size, what)
    for verb in (
        ("build",),
        ("make",),
        ("construct",),
        ("form",),
        ("create",),
        ("erect",),
        ("assemble",),
        ("build", "me"),
        ("make", "me"),
        ("i", "want"),
        ("i", "need"),
        ("i", "would", "like"),
        ("make", "the", "blocks", "into"),
        ("let", "there", "be"),
    )
    for size in ((), ("little",), ("small",))
    for what in ("tower", "stack", "pile")
)
_PILE_UP: tuple[Phrase, ...] = (("pile", "up", "the", "blocks"),)
_STACK_ALL: tuple[Phrase, ...] = (("stack", "all"),)
_OF: tuple[Phrase, ...] = (("out", "of"), ("of",), ("from",), ("with",), ("using",))
_STACK: tuple[Phrase, ...] = (("stack", "up"), ("stack",), ("pile", "up"), ("pile",))
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

    def tower(self) -> SpokenCommand | None:
        """The tower that is ordered here; None, with nothing read, where none is."""
        reader = self._reader
        if reader.ahead(_STACK_ALL):
            return self._all()
        start = reader.at
        downwards, ordered = self._direction()
        if ordered and reader.peek() == ",":
            reader.take()
        if not (reader.match(_BUILD) or reader.match(_PILE_UP)):
            if not (ordered and reader.match(_STACK)):
                reader.at = start
                return None
            reader.match([("the", "blocks", STOP), ("the", "blocks", ",")])
        objects: tuple[ObjectPhrase, ...] = ()
        base: ObjectPhrase | None = None
        for _ in range(4):
            if reader.peek() == "," or (reader.peek() == STOP and not objects):
                reader.take()
            down, _found = self._direction()
            downwards = downwards or down
            if reader.peek() == "on" and base is None:
                reader.take()
                base = self._nouns.name()
            elif not objects and (reader.match(_OF) or self._is_list() or ordered):
                objects = self._list()
        if not objects:
            raise reader.stumble("of what?")
        relation = Relation.ON if base is not None else Relation.NONE
        objects = objects[::-1] if downwards else objects
        return SpokenCommand(Verb.STACK, objects, relation, base, tower=True)

    def _direction(self) -> tuple[bool, bool]:
        """Read "from top to bottom": whether it goes down, and whether anything was said."""
        down = bool(self._reader.match(TOP_DOWN))
        return down, bool(self._reader.match(BOTTOM_UP)) or down

    def _all(self) -> SpokenCommand:
        """ "Stack all cups, the red one at the bottom"."""
        reader = self._reader
        reader.take()
        things = self._nouns.name()
        if reader.peek() != ",":
            raise any_number(things.said)
        reader.take()
        self._nouns.role_noun = singular(things.noun)
        lowest = self._nouns.name()
        if lowest.choices != ("bottom",) and not read_level(reader):
            raise reader.stumble()
        lowest = replace(lowest, choices=())
        return SpokenCommand(
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
        self._part_colours()
        items = [self._item()]
        while reader.peek() in (",", "and", "then"):
            start = reader.at
            while reader.match([*CONNECTIVES, (",",), ("with",)]):
                pass
            if not (name_is_certain(reader) or noun_at(reader)):
                reader.at = start
                break
            items.append(self._item())
        nouns = [singular(name.noun) for name, _ in items if not name.lacks_noun]
        noun = nouns[-1] if nouns else _DEFAULT_NOUN
        if len(items) > 1:
            items = [(_named(name, noun), level) for name, level in items]
        return bottom_up(items)

    def _part_colours(self) -> None:
        """Have "green red blue", said without commas, be three things."""
        reader = self._reader
        at = reader.at
        while reader.tokens[at : at + 1] and reader.tokens[at] in COLOURS:
            if reader.tokens[at + 1 : at + 2] and reader.tokens[at + 1] in COLOURS:
                reader.tokens.insert(at + 1, ",")
            at += 2

    def _item(self) -> tuple[ObjectPhrase, Level]:
        name = self._nouns.name()
        level = read_level(self._reader) or level_of_choice(name)
        return (replace(name, choices=()), level) if level_of_choice(name) else (name, level)


def _named(name: ObjectPhrase, noun: str) -> ObjectPhrase:
    if name.lacks_noun:
        return name.with_noun(noun)
    return replace(name, words=tuple(singular(name.name).split()))
