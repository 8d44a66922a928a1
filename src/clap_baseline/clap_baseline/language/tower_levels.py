"""Which thing of a tower goes where: "the green block at the bottom, the blue one on top"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import Phrase

Level = Literal["", "bottom", "middle", "top", "next"]
"""Where a thing is in its tower; "next" is on what was named before it."""

BOTTOM_UP: tuple[Phrase, ...] = (
    ("from", "bottom", "to", "top"),
    ("from", "the", "bottom", "to", "the", "top"),
    ("from", "the", "bottom", "up"),
    ("from", "bottom", "up"),
    ("bottom", "to", "top"),
    ("starting", "from", "the", "bottom"),
    ("starting", "at", "the", "bottom"),
    ("from", "below"),
)
TOP_DOWN: tuple[Phrase, ...] = (
    ("from", "top", "to", "bottom"),
    ("from", "the", "top", "to", "the", "bottom"),
    ("from", "the", "top", "down"),
    ("from", "top", "down"),
    ("top", "to", "bottom"),
)
_LEVELS: dict[Phrase, Level] = {
    ("at", "the", "bottom"): "bottom",
    ("on", "the", "bottom"): "bottom",
    ("at", "bottom"): "bottom",
    ("as", "the", "base"): "bottom",
    ("as", "base"): "bottom",
    ("in", "the", "middle"): "middle",
    ("in", "between"): "middle",
    ("in", "the", "centre"): "middle",
    ("below",): "bottom",
    ("underneath",): "bottom",
    ("beneath",): "bottom",
    ("above",): "top",
    ("on", "it"): "next",
    ("on", "top", "of", "it"): "next",
    ("on", "top", "of", "that"): "next",
    ("above", "it"): "next",
    ("on", "top"): "top",
    ("at", "the", "top"): "top",
    ("on", "the", "top"): "top",
    ("at", "the", "very", "top"): "top",
}


def read_level(reader: TokenReader) -> Level:
    """Read a level; "" where none is said."""
    start = reader.at
    reader.match([("being",), ("is",)])
    found = reader.match(_LEVELS)
    if not found:
        reader.at = start
    return _LEVELS[found] if found else ""


def level_of_choice(name: ObjectPhrase) -> Level:
    """The level that was read as a choice: "the red block in the middle"."""
    levels: dict[tuple[str, ...], Level] = {
        ("bottom",): "bottom",
        ("middle",): "middle",
        ("top",): "top",
    }
    return levels.get(name.choices, "")


def bottom_up(items: Sequence[tuple[ObjectPhrase, Level]]) -> tuple[ObjectPhrase, ...]:
    """Things of a tower from bottom to top.

    Raises:
        ClapError: NOT_UNDERSTOOD where their levels do not say how they are ordered.
    """
    levels: dict[str, Level] = {}
    names: dict[str, ObjectPhrase] = {}
    for name, level in items:
        names.setdefault(name.text, name)
        if level or name.text not in levels:
            levels[name.text] = level
    if len(names) == 1 and len(items) > 1:
        names = {f"{at}": name for at, (name, _) in enumerate(items)}
        return tuple(names.values())
    listed = list(names)
    said = [level for level in levels.values() if level not in ("", "next")]
    if not said:
        return tuple(names.values())
    ordered = sorted(listed, key=lambda text: _HEIGHTS[levels[text]])
    certain = len(said) == len(set(said)) and (
        ordered == listed
        or len(listed) == len(said)
        or (len(listed) - len(said) < _ONE_MORE and "middle" not in said)
    )
    if not certain:
        raise not_understood(
            f"which of {', '.join(listed)} goes on which was not said: name them from bottom to top"
        )
    return tuple(names[text] for text in ordered)


_HEIGHTS: dict[Level, int] = {"bottom": 0, "": 1, "next": 1, "middle": 1, "top": 2}
_ONE_MORE = 2
"""A single thing without a level has the one that is left."""
