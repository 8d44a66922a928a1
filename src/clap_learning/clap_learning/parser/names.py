"""Names of things, drawn: how a person refers to one, and what a plan calls it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from clap_learning.keypoint.colours import lexicon
from clap_learning.parser.wordings import Nouns

_SIDES = ("left", "right")
_NUMBERS = ("first", "second", "third", "fourth")
_PLACED = ("last", "leftmost", "rightmost", "nearest", "front", "back", "middle")
_LEVELS = ("top", "middle", "bottom")
_DETERMINERS = ("the",) * 12 + ("that", "this", "my", "your", "our")
_SHELVES = ("shelf", "rack", "compartment", "level")


@cache
def _colours() -> tuple[str, ...]:
    return tuple(sorted(lexicon()))


@dataclass(frozen=True)
class Name:
    """Of one thing.

    Attributes:
        said: "the mug that is red".
        meant: "red mug".
        noun: "mug".
    """

    said: str
    meant: str
    noun: str


@dataclass(frozen=True)
class NameDrawer:
    """Draws names.

    Attributes:
        nouns: to choose from.
        rng: source of every choice.
    """

    nouns: Nouns
    rng: random.Random

    def thing(self) -> Name:
        """Something that can be carried."""
        return self._described(self.rng.choice(self.nouns.things))

    def place(self) -> Name:
        """Something that a thing can be put on, in or next to."""
        draw = self.rng.random()
        if draw < 0.08:
            where = self.rng.choice(self.nouns.places)
            level, shelf = self.rng.choice(_LEVELS), self.rng.choice(_SHELVES)
            return self._said(
                f"{level} {shelf} of the {where}", f"{level} {shelf} of {where}", where
            )
        if draw < 0.25:
            return self.container()
        if draw < 0.55:
            return self._described(self.rng.choice(self.nouns.things))
        return self._described(self.rng.choice(self.nouns.places))

    def container(self) -> Name:
        """Something that opens and closes."""
        noun = self.rng.choice(self.nouns.containers)
        if " of " in noun or self.rng.random() < 0.75:
            return self._said(noun, noun.replace(" of the ", " of "), noun)
        return self._described(noun)

    def button(self) -> Name:
        """Something to press."""
        noun = self.rng.choice(self.nouns.buttons)
        if self.rng.random() < 0.25:
            noun = f"{self.rng.choice(self.nouns.things)} {noun}"
        return self._described(noun, coloured=0.5)

    def tool(self) -> Name:
        """Something to drag things with."""
        noun = self.rng.choice(self.nouns.tools)
        return self._said(noun, noun, noun)

    def colour(self) -> str:
        """A colour's name; the common ones more often."""
        if self.rng.random() < 0.6:
            common = "red green blue yellow orange purple pink brown black white gray grey cyan"
            return self.rng.choice(common.split())
        return self.rng.choice(_colours())

    def noun(self, kind: str) -> Name:
        """A bare noun of a kind, `thing` or `button`."""
        noun = self.rng.choice(self.nouns.buttons if kind == "button" else self.nouns.things)
        return Name(noun, noun, noun)

    def two_attributes(self) -> tuple[str, str]:
        """What tells two things of one kind apart."""
        kind = self.rng.random()
        if kind < 0.6:
            one, two = self.colour(), self.colour()
            return (one, two) if one != two else self.two_attributes()
        apart = _SIDES if kind < 0.72 else _LEVELS if kind < 0.84 else self.nouns.adjectives
        first, second = self.rng.sample(apart, 2)
        return first, second

    def _described(self, noun: str, coloured: float = 0.45) -> Name:
        draw, rng = self.rng.random(), self.rng
        if draw < coloured:
            return self._in_colour(noun)
        if draw < coloured + 0.1:
            adjective = rng.choice(self.nouns.adjectives)
            return self._said(f"{adjective} {noun}", f"{adjective} {noun}", noun)
        if draw < coloured + 0.17 and not noun.startswith((*_SIDES, *_LEVELS)):
            return self._on_a_side(noun)
        return self._said(noun, noun, noun)

    def _in_colour(self, noun: str) -> Name:
        colour, rng = self.colour(), self.rng
        meant = f"{colour} {noun}"
        draw = rng.random()
        if draw < 0.06:
            which = rng.choice(("that is", "which is", "that's", "in"))
            return Name(f"the {noun} {which} {colour}", meant, noun)
        if draw < 0.08:
            return Name(f"the {noun}, the {colour} one,", meant, noun)
        return self._said(meant, meant, noun)

    def _on_a_side(self, noun: str) -> Name:
        side, rng = self.rng.choice(_SIDES), self.rng
        draw = rng.random()
        if draw < 0.15:
            placed = rng.choice(_PLACED)
            return Name(f"the {placed} {noun}", f"{placed} {noun}", noun)
        if draw < 0.35:
            return Name(f"the {side} {noun}", f"{side} {noun}", noun)
        if draw < 0.6:
            where = rng.choice(("on the", "to the", "at the", "on your", "over on the"))
            return Name(f"the {noun} {where} {side}", f"{side} {noun}", noun)
        number = rng.choice(_NUMBERS)
        return Name(f"the {number} {noun} from the {side}", f"{number} {noun} from {side}", noun)

    def _said(self, said: str, meant: str, noun: str) -> Name:
        draw = self.rng.random()
        if draw < 0.18:
            return Name(said, meant, noun)
        determiner = self.rng.choice(_DETERMINERS)
        return Name(f"{determiner} {said}", meant, noun)
