"""What the words of an instruction say about an object: colours, kind, and which of several."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from clap_baseline.colour import WORDS as COLOUR_WORDS
from clap_baseline.colour_names import NAMES, TONED
from clap_baseline.language.attributes import CHOICES, ORDINALS, TONES
from clap_baseline.language.phrases import OTHER_THAN, PUT_DOWN
from clap_baseline.language.verbs import words as words_of

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
_IGNORED = words_of(
    "the a an this that my its of on at in to with and side handle colored coloured upper lower"
    " drawer shelf"
)
_CHOICES = frozenset(CHOICES.values())
_FURNITURE_LEVELS = frozenset({"top", "middle", "bottom"})
"""Of a cabinet they say which drawer, not which cabinet."""

_NUMBERS = {word: number for number, word in enumerate(dict.fromkeys(ORDINALS.values()), 1)}
_ORDINAL_OF = re.compile(rf"({'|'.join(_NUMBERS)}) of (\d+) (.+)")
_ORDINAL_FROM = re.compile(rf"({'|'.join(_NUMBERS)}) (.+) from (\w+)")


@dataclass(frozen=True)
class ObjectWords:
    """A noun phrase, understood; `clap_baseline.planner` tells how it is written.

    Attributes:
        phrase: as it was given.
        colours: its colours, by the names that ``colour.WORDS`` leads to.
        kind: the kind of shape that its noun stands for; None for a generic or unknown noun.
        is_known: False when there is a noun and it is neither a known kind nor generic.
        choices: which of several: left, right, near, far, large, small, tall, short, middle, top,
            bottom.
        ordinal: 1 for the first, counted from `side`; 0 where nothing is counted.
        side: left, right, near, far, top, bottom.
        of_count: how many there have to be, where the ordinal tells them apart.
        any: whichever fits.
        other_than: phrase of the object that it is not.
        put_down: it is where the hand has put it.
        shades: those of its colours that were said by the name of a shade, such as burgundy.
        untold: words that say something which shape and colour do not tell.
    """

    phrase: str
    colours: tuple[str, ...] = ()
    kind: str | None = None
    is_known: bool = True
    choices: tuple[str, ...] = ()
    ordinal: int = 0
    side: str = ""
    of_count: int = 0
    any: bool = False
    other_than: str = ""
    put_down: bool = False
    untold: tuple[str, ...] = ()
    shades: frozenset[str] = frozenset()


def understand(phrase: str) -> ObjectWords:
    """Read a noun phrase such as ``"red mug"`` or ``"gray block other than any gray block"``."""
    text = phrase.lower().strip()
    put_down = text.endswith(PUT_DOWN)
    text, _, other_than = text.removesuffix(PUT_DOWN).partition(OTHER_THAN)
    ordinal, side, of_count = 0, "", 0
    counted, placed = _ORDINAL_OF.fullmatch(text), _ORDINAL_FROM.fullmatch(text)
    if counted:
        ordinal, of_count, text = _NUMBERS[counted[1]], int(counted[2]), counted[3]
    elif placed:
        ordinal, text, side = _NUMBERS[placed[1]], placed[2], placed[3]
    words = _read(phrase, re.findall(r"[a-z]+", text))
    return replace(
        words,
        ordinal=ordinal,
        side=side,
        of_count=of_count,
        other_than=other_than,
        put_down=put_down,
    )


def _read(phrase: str, words: list[str]) -> ObjectWords:
    colours: list[str] = []
    choices: list[str] = []
    unknown: list[str] = []
    untold: list[str] = []
    kind: str | None = None
    shades: set[str] = set()
    tone = ""
    takes_any = False
    for at, word in enumerate(words):
        singular = word[:-1] if word.endswith("s") and word not in COLOUR_WORDS else word
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in TONES and following in COLOUR_WORDS:
            tone = TONES[word]
        elif word in COLOUR_WORDS:
            name = COLOUR_WORDS[word]
            if tone and tone != "bright":
                untold += [] if (tone, name) in TONED else [f"{tone} {word}"]
                name = TONED.get((tone, name), name)
            if word in NAMES or tone in ("light", "dark"):
                shades.add(name)
            colours.append(name)
            tone = ""
        elif word == "any":
            takes_any = True
        elif CHOICES.get(word) in _CHOICES:
            choices.append(CHOICES[word])
        elif word in KINDS or singular in KINDS:
            # The last noun is the head of an English noun phrase: a "plate box" is a box.
            kind = KINDS.get(word) or KINDS[singular]
        elif word not in GENERIC and singular not in GENERIC and word not in _IGNORED:
            unknown.append(word)
    if kind == "cabinet":
        choices = [choice for choice in choices if choice not in _FURNITURE_LEVELS]
    elif kind is not None:
        untold += unknown
    return ObjectWords(
        phrase,
        tuple(colours),
        kind,
        is_known=kind is not None or not unknown,
        choices=tuple(choices),
        any=takes_any,
        untold=tuple(untold),
        shades=frozenset(shades),
    )
