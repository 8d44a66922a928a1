"""What is only named at first: "find the blue button and press it", "the drawer is open, ..."."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.settling import resolved
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import verb_ahead
from clap_core.errors import ClapError

_SEEK = small.phrases(
    "find, look for, look at, locate, search for, go to, go over to, spot, identify, seek, seek "
    "out, look out for, see, you see, do you see, you will find, "
    "take a look at, have a look at, find me, watch out for, turn to, move to, move over to, "
    "reach out to"
)
_LEFT_SO = tuple(
    (*who, *left)
    for who in (
        ("someone",),
        ("somebody",),
        ("i",),
        ("they",),
        ("you",),
        ("he",),
        ("she",),
        ("we",),
    )
    for left in (("left",), ("have", "left"), ("has", "left"))
)
_EXISTS = small.phrases(
    "there is, there are, there stands, there stand, here is, here are, we have"
)
"""What says that a thing is there: nothing has to be done with it."""
_STILL = small.phrases("still, already, currently, at the moment, now, standing, lying, sitting")
_STATES = ("open", "opened", "closed", "shut")


class TopicParser:
    """Reads what names things without ordering anything; the order has to follow.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions

    def sought(self) -> bool:
        """Read "find the blue button and", with an order behind it; nothing elsewhere."""
        reader = self._reader
        start = reader.at
        if reader.match(_LEFT_SO):
            return self._left()
        exists = bool(reader.ahead(_EXISTS))
        if reader.match((*_SEEK, *_EXISTS)) and name_ahead(reader):
            try:
                names = read_names(reader, self._nouns)
            except ClapError:
                names = ()
            reader.match([("on", "the", "table"), ("here",), ("there",)])
            if exists and reader.match(small.RELATIONS):
                self._mentions.add(resolved(self._nouns.name(), self._mentions))
            if names and self._order_behind():
                for name in names if exists else ():
                    self._mentions.add(resolved(name, self._mentions))
                self._remember(() if exists else names)
                return True
        reader.at = start
        return False

    def _left(self) -> bool:
        """Read what "someone left": "the fridge open"."""
        reader = self._reader
        names = read_names(reader, self._nouns)
        if reader.peek() not in _STATES:
            raise reader.stumble()
        reader.take()
        self._remember(names)
        return True

    def described(self, names: tuple[ObjectPhrase, ...]) -> bool:
        """Read "is open": how a thing is, which orders nothing; nothing elsewhere."""
        reader = self._reader
        start = reader.at
        if len(reader.ahead(small.IS_NOW)) > len(reader.ahead(small.BECOMES)):
            reader.match(small.IS_NOW)
            reader.match(_STILL)
            place = None
            if reader.peek() in _STATES:
                reader.take()
            elif reader.match(small.RELATIONS):
                place = resolved(self._nouns.name(), self._mentions)
            else:
                reader.at = start
                return False
            if reader.at_boundary() or reader.ahead(small.CONNECTIVES):
                if place is not None:
                    self._mentions.add(place)
                self._remember(names)
                return True
        reader.at = start
        return False

    def _order_behind(self) -> bool:
        reader = self._reader
        start = reader.at
        while reader.match([*small.CONNECTIVES, (",",), (".",)]):
            pass
        found = reader.at > start and verb_ahead(reader)
        reader.at = start
        return found

    def _remember(self, names: tuple[ObjectPhrase, ...]) -> None:
        for name in names:
            self._mentions.add_topic(resolved(name, self._mentions))
