"""Colour words beyond the names that clouds are given, and what each comes to.

The words are colour names of CSS and of XKCD's survey, less those that are first of all names of
things (peach, chocolate, mustard): these stay nouns.
"""

from __future__ import annotations

_BY_NAME: dict[str, str] = {
    "red": "crimson scarlet ruby vermilion vermillion carmine cardinal",
    "maroon": "burgundy oxblood claret",
    "rose": "cerise raspberry",
    "orange": "amber tangerine",
    "brown": "beige tan auburn bronze copper sienna umber ochre russet sepia taupe fawn khaki",
    "yellow": "gold golden canary",
    "lime": "chartreuse",
    "green": "emerald jade",
    "teal": "turquoise",
    "cyan": "aqua aquamarine",
    "azure": "cerulean",
    "blue": "sapphire cobalt ultramarine",
    "navy": "indigo",
    "violet": "lilac lavender mauve periwinkle orchid",
    "magenta": "fuchsia",
    "pink": "blush",
    "white": "ivory cream snow-white",
    "silver": "metallic",
    "gray": "grey slate charcoal gunmetal",
    "black": "ebony jet-black onyx",
}
NAMES: dict[str, str] = {word: name for name, listed in _BY_NAME.items() for word in listed.split()}
"""Other colour words, with the name that a cloud's points would be given."""

TONED: dict[tuple[str, str], str] = {
    ("dark", "red"): "maroon",
    ("dark", "orange"): "brown",
    ("dark", "yellow"): "olive",
    ("dark", "cyan"): "teal",
    ("dark", "azure"): "navy",
    ("dark", "blue"): "navy",
    ("dark", "violet"): "purple",
    ("dark", "magenta"): "purple",
    ("light", "red"): "pink",
    ("light", "blue"): "azure",
    ("light", "gray"): "silver",
    ("light", "purple"): "violet",
}
"""Light and dark tones that have a name of their own. Bright tones are the colours themselves;
other tones cannot be told apart."""
