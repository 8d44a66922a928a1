"""Names that contradict themselves, or say what no camera tells."""

from __future__ import annotations

from itertools import pairwise

from clap_baseline.language.attributes import COLOURS
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import words

_OPPOSITES = (
    ("left", "right"),
    ("near", "far"),
    ("large", "small"),
    ("tall", "short"),
    ("top", "bottom"),
)
_PLAIN_COLOURS = words("red orange yellow green blue purple pink brown black white gray")
"""Colours that are no shade of another: "lime green" is one colour, "red green" is none."""


def check_consistent(phrase: ObjectPhrase) -> None:
    """Refuse two colours and two opposite places or sizes of one thing.

    Raises:
        ClapError: NOT_UNDERSTOOD, naming both words.
    """
    for one, other in _OPPOSITES:
        if one in phrase.choices and other in phrase.choices:
            raise _contradiction(phrase, one, other)
    said = [word for word in phrase.words if word in COLOURS]
    for one, other in pairwise(said):
        if one in _PLAIN_COLOURS or other not in _PLAIN_COLOURS:
            raise _contradiction(phrase, one, other)


def _contradiction(phrase: ObjectPhrase, one: str, other: str) -> Exception:
    return not_understood(
        f"'{phrase.name}' cannot be both {one} and {other}: name one thing, or say "
        f"'the {one} {phrase.noun} and the {other} {phrase.noun}'"
    )
