"""What stands ahead: whether a name starts here, or ends."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.attributes import CHOICES, COLOURS, ORDINALS, STATES, TONES
from clap_baseline.language.quantities import times_at
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import FORMS, PARTICLE_WORDS, VERBS

_NOUNS_IN_LY = frozenset({"jelly", "lily", "family", "assembly", "potbelly", "doily"})
_NOT_NOUNS = small.NOT_IN_NAMES | small.PRONOUNS | small.DETERMINERS


def noun_at(reader: TokenReader, offset: int = 0) -> bool:
    """Whether the word may be part of a name: no small word, no start of a placing."""
    word = reader.peek(offset)
    if reader.at_boundary(offset) or word in _NOT_NOUNS:
        return False
    if FORMS.get(word, word) != word and word not in STATES:
        return False  # "pressed" in "I want the button pressed"
    if word in ORDINALS and (reader.peek(offset + 1) == "from" or reader.at_boundary(offset + 1)):
        return False
    if len(word) > 4 and word.endswith("ly") and word not in _NOUNS_IN_LY:
        return False
    if times_at(reader.tokens, reader.at + offset)[1]:
        return False
    tables = (*small.RELATIONS, *small.SOURCES, *small.CONNECTIVES)
    return not reader.ahead(tables, offset)


def name_ahead(reader: TokenReader, offset: int = 0) -> bool:
    """Whether a name may start here."""
    word = reader.peek(offset)
    return word in small.DETERMINERS | small.PRONOUNS or noun_at(reader, offset)


def name_is_certain(reader: TokenReader, offset: int = 0) -> bool:
    """Whether a name starts here beyond doubt: an article, a number, an attribute."""
    word = reader.peek(offset)
    if word in ("that", "this") and reader.peek(offset + 1) in ("is", "you"):
        return False
    return (
        word in small.DETERMINERS | small.ANY_WORDS | small.ALL_WORDS
        or word in ("another", "other", "both", "remaining")
        or word in small.NUMBERS
        or word in COLOURS
        or (word in CHOICES and noun_at(reader, offset + 1))
        or (word in TONES and reader.peek(offset + 1) in COLOURS)
        or (word in ORDINALS and noun_at(reader, offset + 1))
    )


def verb_ends_name(reader: TokenReader) -> bool:
    """Whether this word is a verb, because an article follows: "the stick move the block"."""
    following = 2 if reader.peek(1) in PARTICLE_WORDS else 1
    begins = reader.peek(following) in small.DETERMINERS | {"it", "them"}
    return (reader.peek(),) in VERBS and begins


def particle_ends_name(reader: TokenReader) -> bool:
    """Whether this word is a particle behind a name ("put the mug down")."""
    return reader.peek() in PARTICLE_WORDS and (
        reader.at_boundary(1)
        or reader.peek(1) in ("and", "then", "again")
        or not noun_at(reader, 1)
        or (reader.peek(1),) in VERBS
    )
