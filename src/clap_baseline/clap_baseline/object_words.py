"""What the words of an instruction say about an object: colours, kind, and which of several."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clap_baseline.colour import WORDS as COLOUR_WORDS

KINDS: dict[str, str] = {
    "mug": "mug",
    "cup": "mug",
    "teacup": "mug",
    "coffee": "mug",
    "beaker": "mug",
    "bowl": "bowl",
    "basin": "bowl",
    "plate": "plate",
    "dish": "plate",
    "saucer": "plate",
    "platter": "plate",
    "block": "block",
    "cube": "block",
    "brick": "block",
    "box": "block",
    "can": "can",
    "tin": "can",
    "cylinder": "can",
    "bottle": "can",
    "ball": "ball",
    "sphere": "ball",
    "button": "button",
    "switch": "button",
    "cabinet": "cabinet",
    "drawer": "cabinet",
    "cupboard": "cabinet",
    "chest": "cabinet",
    "dresser": "cabinet",
    "stick": "stick",
    "rod": "stick",
    "bar": "stick",
    "pen": "stick",
}
"""Nouns that are understood, with the kind of shape they stand for."""

GENERIC = frozenset({"object", "thing", "item", "one", "it", "something", "stuff"})
_IGNORED = frozenset(
    {
        "the",
        "a",
        "an",
        "this",
        "that",
        "my",
        "its",
        "of",
        "on",
        "at",
        "in",
        "to",
        "with",
        "and",
    }
    | {
        "top",
        "middle",
        "bottom",
        "upper",
        "lower",
        "side",
        "handle",
        "colored",
        "coloured",
    }
)
_OTHER = frozenset({"other", "second", "another", "remaining"})
_ANY = frozenset({"any", "some", "first", "either"})
_SELECTORS: dict[str, str] = {
    "left": "left",
    "leftmost": "left",
    "right": "right",
    "rightmost": "right",
    "near": "near",
    "nearest": "near",
    "closest": "near",
    "front": "near",
    "far": "far",
    "farthest": "far",
    "furthest": "far",
    "back": "far",
    "big": "big",
    "bigger": "big",
    "biggest": "big",
    "large": "big",
    "larger": "big",
    "largest": "big",
    "small": "small",
    "smaller": "small",
    "smallest": "small",
    "little": "small",
}


@dataclass(frozen=True)
class ObjectWords:
    """A noun phrase, understood.

    Attributes:
        phrase: as it was given.
        colours: its colour words, keys of ``colour.WORDS``.
        kind: the kind of shape that its noun stands for; None for a generic or unknown noun.
        is_known: False when there is a noun and it is neither a known kind nor generic.
        selector: which of several: left, right, near, far, big, small, other, any, or "".
    """

    phrase: str
    colours: tuple[str, ...]
    kind: str | None
    is_known: bool
    selector: str = ""


def understand(phrase: str) -> ObjectWords:
    """Read a noun phrase such as ``"red mug"`` or ``"the other gray block"``."""
    colours: list[str] = []
    kind: str | None = None
    selector = ""
    unknown = False
    for word in re.findall(r"[a-z]+", phrase.lower()):
        singular = word[:-1] if word.endswith("s") and word not in COLOUR_WORDS else word
        if word in COLOUR_WORDS:
            colours.append(word)
        elif word in _OTHER:
            selector = "other"
        elif word in _ANY:
            selector = selector or "any"
        elif word in _SELECTORS:
            selector = _SELECTORS[word]
        elif word in KINDS or singular in KINDS:
            # The last noun is the head of an English noun phrase: a "plate box" is a box.
            kind = KINDS.get(word) or KINDS[singular]
        elif word not in GENERIC and singular not in GENERIC and word not in _IGNORED:
            unknown = True
    return ObjectWords(
        phrase,
        tuple(colours),
        kind,
        is_known=kind is not None or not unknown,
        selector=selector,
    )
