"""Words that say which of several things is meant, and those that no camera can tell."""

from __future__ import annotations

from clap_baseline.colour import WORDS as COLOUR_WORDS
from clap_baseline.language.verbs import listed, words
from clap_core.errors import ClapError, ErrorCode

_CHOICES: dict[str, str] = {
    "left": "left leftmost",
    "right": "right rightmost",
    "near": "near nearest closest front nearer closer",
    "far": "far farthest furthest back farther further",
    "large": "large larger largest big bigger biggest huge giant",
    "small": "small smaller smallest little tiny mini",
    "tall": "tall taller tallest",
    "short": "short shorter shortest",
    "middle": "middle center centre central",
    "top": "top topmost uppermost upper highest",
    "bottom": "bottom bottommost lowest lower lowermost",
}
CHOICES: dict[str, str] = {
    word: choice for choice, listed in _CHOICES.items() for word in listed.split()
}
"""Words that choose one of several by place or size, and the one that each is."""

_ORDINALS = listed("first second third fourth fifth sixth seventh eighth ninth")
ORDINALS: dict[str, str] = {
    **{word: word for word in _ORDINALS},
    **dict(zip(listed("1st 2nd 3rd 4th 5th 6th 7th 8th 9th"), _ORDINALS, strict=True)),
}

SIDES: dict[str, str] = {
    "left": "left",
    "right": "right",
    "front": "near",
    "back": "far",
    "top": "top",
    "bottom": "bottom",
}
"""Where counting may start: "second from the left"."""

TONES: dict[str, str] = {
    "light": "light",
    "pale": "light",
    "bright": "bright",
    "dark": "dark",
    "deep": "dark",
}
"""Words before a colour that are part of it."""

SPELLINGS: dict[str, str] = {"grey": "gray", "golden": "gold", "crimson": "red", "scarlet": "red"}

STATES = {"open": "open", "opened": "open", "closed": "closed", "shut": "closed"}
"""What a thing may be said to be: "the open drawer"."""

COLOURS = frozenset(COLOUR_WORDS) | frozenset(SPELLINGS)
COLOUR_SUFFIXES = words("colored coloured colour color")

BEYOND_SIGHT = words(
    "transparent opaque wooden metallic metallic-looking plastic ceramic porcelain paper "
    "cardboard leather woollen golden-plated heavy heavier heaviest lighter lightest hot cold "
    "warm cool empty full dirty clean cleaner cleanest broken cracked new old older oldest "
    "soft hard wet dry sharp blunt striped spotted dotted checkered patterned plain expensive "
    "cheap favourite favorite beautiful pretty ugly nice lovely good bad best worst rough "
    "smooth sticky slippery fragile lit unlit loud quiet fresh rotten ripe same usual first- "
    "class shiny thin thick locked unlocked"
)
"""Attributes that colour and shape do not tell."""

MATERIALS = words(
    "steel iron aluminium aluminum brass tin-plated wood oak pine bamboo glass stone marble "
    "concrete clay foam cloth fabric velvet silk polyester nylon acrylic carbon titanium lead "
    "styrofoam wicker straw felt"
)
"""What a thing is made of, where a noun follows: "the steel block"; alone they are nouns."""

WHICH_ONE = "Say its colour, or left, right, nearest, farthest, large or small"


def beyond_sight(word: str) -> ClapError:
    """What is neither colour nor shape."""
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"whether something is {word} cannot be told by colour and shape",
        WHICH_ONE,
    )
