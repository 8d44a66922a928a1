"""What follows a noun and still says which thing is meant: "that is red", "on the left"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.attributes import (
    BEYOND_SIGHT,
    CHOICES,
    COLOUR_SUFFIXES,
    COLOURS,
    ORDINALS,
    SIDES,
    SPELLINGS,
    TONES,
    beyond_sight,
)
from clap_baseline.language.lookahead import noun_at
from clap_baseline.language.mentions import Mentions
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import Phrase

_RELATIVES: tuple[Phrase, ...] = (
    ("that", "is"),
    ("that", "are"),
    ("which", "is"),
    ("which", "are"),
)
_PUT_DOWN: tuple[Phrase, ...] = tuple(
    (*that, "you", *have, *done)
    for that in ((), ("that",), ("which",))
    for have in ((), ("have",))
    for done in (("put", "down"), ("placed",), ("set", "down"), ("released",), ("put",))
)
_PLACES: tuple[Phrase, ...] = tuple(
    (preposition, *the)
    for preposition in ("on", "at", "in", "from")
    for the in (("the",), ("the", "far"), ("the", "very"), ())
)
_TOWARDS: tuple[Phrase, ...] = (*_PLACES, ("to", "the"), ("to",))
"""Behind "furthest"; elsewhere "to the left" is a direction."""
_TO_ROBOT: tuple[Phrase, ...] = (
    ("to", "you"),
    ("to", "the", "robot"),
    ("from", "you"),
    ("from", "the", "robot"),
    ("to", "yourself"),
    ("away", "from", "you"),
    ("away",),
    ("to", "the", "arm"),
    ("you",),
    ("the", "robot"),
)
_BEHIND_NOUNS = ("nearest", "closest", "farthest", "furthest")
_SIDE_WORDS: tuple[Phrase, ...] = (("side",), ("hand", "side"), ("end",))
_CAPS = ("cap", "top", *COLOUR_SUFFIXES)
_YOU_LIKE: tuple[Phrase, ...] = (
    ("you", "like"),
    ("you", "pick", "up"),
    ("you", "want"),
    ("is", "fine"),
)


class PostmodifierParser:
    """Reads what stands behind a noun.

    Args:
        reader: the cursor.
        mentions: what was named before.
    """

    def __init__(self, reader: TokenReader, mentions: Mentions) -> None:
        self._reader = reader
        self._mentions = mentions

    def read(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """The phrase with all that follows it.

        Raises:
            ClapError: IMPOSSIBLE for what no camera tells, NOT_UNDERSTOOD naming the word.
        """
        while True:
            start = self._reader.at
            phrase = self._one(phrase)
            if self._reader.at == start:
                return phrase

    def _one(self, phrase: ObjectPhrase) -> ObjectPhrase:
        reader = self._reader
        if reader.match(_PUT_DOWN):
            named = self._mentions.put_down_last()
            return replace(named, recalled=True, part=phrase.part)
        if reader.match(_RELATIVES):
            return self._attribute(phrase)
        if phrase.said == "whichever" and reader.match(_YOU_LIKE):
            return phrase
        if phrase.said == "whichever" and reader.peek() == "is":
            reader.take()
            return replace(self._attribute(phrase), quantifier="")
        if reader.peek() == "with":
            return self._with(phrase)
        if reader.peek() == "in" and self._colour_ends(1):
            reader.take()
            return self._colour(phrase)
        if reader.peek() in _BEHIND_NOUNS and phrase.words:
            return self._choice(phrase)
        if reader.peek() in ORDINALS and reader.peek(1) == "from":
            return self._ordinal(phrase)
        return self._place(phrase)

    def _attribute(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """Behind "that is"."""
        reader = self._reader
        if reader.peek() == "the":
            reader.take()
        word = reader.peek()
        if word in BEYOND_SIGHT:
            raise beyond_sight(word)
        if word in COLOURS or word in TONES:
            return self._colour(phrase)
        if word in ORDINALS:
            return self._ordinal(phrase)
        if word in CHOICES:
            return self._choice(phrase)
        start = reader.at
        phrase = self._place(phrase)
        if reader.at == start:
            raise reader.stumble("this says nothing that is known of a thing")
        return phrase

    def _colour(self, phrase: ObjectPhrase) -> ObjectPhrase:
        found: list[str] = []
        while self._reader.peek() in COLOURS or self._reader.peek() in TONES:
            word = self._reader.take()
            found.append(TONES.get(word, SPELLINGS.get(word, word)))
        if self._reader.peek() in COLOUR_SUFFIXES:
            self._reader.take()
        return replace(phrase, words=(*found, *phrase.words))

    def _colour_ends(self, offset: int) -> bool:
        """Whether a colour stands there and no noun behind it."""
        if self._reader.peek(offset) in TONES:
            offset += 1
        if self._reader.peek(offset) not in COLOURS:
            return False
        if self._reader.peek(offset + 1) in COLOUR_SUFFIXES:
            return True
        return not noun_at(self._reader, offset + 1)

    def _with(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """ "The button with the red cap" is the red button."""
        reader = self._reader
        start = reader.at
        reader.take()
        if reader.peek() in ("the", "a"):
            reader.take()
        if reader.peek() in COLOURS or reader.peek() in TONES:
            coloured = self._colour(phrase)
            ended = reader.peek(-1) in COLOUR_SUFFIXES
            if ended or reader.peek() in _CAPS:
                if not ended:
                    reader.take()
                return coloured
        reader.at = start
        return phrase

    def _choice(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """ "Closest to you", "furthest to the left"."""
        reader = self._reader
        word = reader.take()
        choice = CHOICES[word]
        if choice in ("near", "far") and reader.match(_TO_ROBOT):
            return replace(phrase, choices=(choice, *phrase.choices))
        if choice == "far" and reader.peek() in ("to", "on", "at"):
            return self._place(phrase, _TOWARDS)
        if word in ("nearer", "closer"):
            reader.at -= 1
            return phrase
        return replace(phrase, choices=(choice, *phrase.choices))

    def _ordinal(self, phrase: ObjectPhrase) -> ObjectPhrase:
        return self._place(replace(phrase, ordinal=ORDINALS[self._reader.take()]))

    def _place(
        self, phrase: ObjectPhrase, prepositions: tuple[Phrase, ...] = _PLACES
    ) -> ObjectPhrase:
        """ "On the left", "in the middle", "from the right hand side"; not "on the left of"."""
        reader = self._reader
        start = reader.at
        counts = reader.peek() == "from"
        if not reader.match(prepositions):
            return phrase
        word = reader.peek()
        known = SIDES if counts else CHOICES
        if word in known and (not counts or phrase.ordinal):
            reader.take()
            reader.match(_SIDE_WORDS)
            partitive = counts and reader.peek() == "of" and not phrase.words
            is_level = word in ("top", "bottom") and not counts
            fits = not is_level or phrase.head in knowledge().parts | knowledge().opens
            if (reader.peek() != "of" or partitive) and not noun_at(reader) and fits:
                if counts:
                    return replace(phrase, side=SIDES[word])
                return replace(phrase, choices=(CHOICES[word], *phrase.choices))
        reader.at = start
        return phrase
