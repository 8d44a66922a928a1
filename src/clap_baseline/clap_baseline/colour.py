"""Colour names of coloured points, and how well a colour word fits them.

A surface's hue survives light and shade far better than its brightness, so each point votes for
a hue family; the family's tone (dark, pale) comes from the brighter points of the segment, which
are the ones least in shadow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_baseline.colour_names import NAMES

ACHROMATIC = "achromatic"
"""Family of the points without a hue: white, gray, black."""

FAMILIES = (
    "red",
    "orange",
    "yellow",
    "lime",
    "green",
    "cyan",
    "azure",
    "blue",
    "violet",
    "magenta",
    "rose",
    ACHROMATIC,
)
_HUE_ENDS_DEG = np.array([14.0, 43.0, 68.0, 100.0, 162.0, 196.0, 217.0, 256.0, 276.0, 318.0, 345.0])
"""Upper hue of each chromatic family; hues above the last are red again."""

_MIN_SATURATION = 0.22
_MIN_CHROMA = 0.09
_BRIGHT_PERCENTILE = 80.0
_DARK_VALUE = 0.5
_BROWN_VALUE = 0.62
_BROWN_SATURATION = 0.68
_PURPLE_VALUE = 0.75
_PALE_SATURATION = 0.5
_PALE_VALUE = 0.7
_WHITE_VALUE = 0.74
_SILVER_VALUE = 0.64
_BLACK_VALUE = 0.24

_DARK_NAMES = {
    "red": "maroon",
    "orange": "brown",
    "yellow": "olive",
    "lime": "olive",
    "cyan": "teal",
    "azure": "navy",
    "blue": "navy",
    "violet": "purple",
    "magenta": "purple",
    "rose": "maroon",
}

WORDS: dict[str, str] = {
    **{family: family for family in FAMILIES if family != ACHROMATIC},
    **{name: name for name in _DARK_NAMES.values()},
    "white": "white",
    "gray": "gray",
    "silver": "silver",
    "black": "black",
    "pink": "pink",
    **NAMES,
}
"""Every colour word that is understood, with the name it stands for."""

_SIMILAR: dict[frozenset[str], float] = {
    frozenset(pair): score
    for *pair, score in (
        ("red", "maroon", 0.75),
        ("red", "rose", 0.5),
        ("red", "orange", 0.35),
        ("red", "brown", 0.3),
        ("pink", "rose", 0.9),
        ("pink", "magenta", 0.6),
        ("pink", "red", 0.35),
        ("rose", "magenta", 0.6),
        ("maroon", "brown", 0.5),
        ("maroon", "purple", 0.3),
        ("orange", "brown", 0.6),
        ("orange", "yellow", 0.4),
        ("yellow", "olive", 0.6),
        ("yellow", "lime", 0.4),
        ("olive", "lime", 0.4),
        ("olive", "green", 0.5),
        ("olive", "brown", 0.5),
        ("lime", "green", 0.8),
        ("green", "teal", 0.6),
        ("green", "cyan", 0.35),
        ("teal", "cyan", 0.8),
        ("cyan", "azure", 0.5),
        ("teal", "azure", 0.4),
        ("azure", "blue", 0.85),
        ("azure", "navy", 0.5),
        ("teal", "navy", 0.4),
        ("blue", "navy", 0.8),
        ("blue", "violet", 0.5),
        ("blue", "purple", 0.4),
        ("violet", "purple", 0.85),
        ("violet", "magenta", 0.5),
        ("magenta", "purple", 0.75),
        ("white", "silver", 0.8),
        ("white", "gray", 0.45),
        ("silver", "gray", 0.9),
        ("gray", "black", 0.4),
    )
}


@dataclass(frozen=True)
class ColourProfile:
    """The colours of one segment.

    Attributes:
        shares: name -> share of the points, largest first; the shares sum to 1.
    """

    shares: dict[str, float]

    @property
    def name(self) -> str:
        """The dominant colour."""
        return next(iter(self.shares))

    def score(self, word: str) -> float:
        """0..1: how well a colour word (a key of WORDS) fits."""
        wanted = WORDS[word]
        return sum(share * similarity(wanted, name) for name, share in self.shares.items())


def similarity(first: str, second: str) -> float:
    """0..1: how alike two colour names are in people's use."""
    return 1.0 if first == second else _SIMILAR.get(frozenset((first, second)), 0.0)


def families(rgb: NDArray[np.uint8]) -> NDArray[np.intp]:
    """[N] index into FAMILIES of each point.

    Args:
        rgb: [N, 3] colours.
    """
    values = rgb.astype(np.float32) / 255.0
    hue, saturation, value = _hsv(values)
    family = np.searchsorted(_HUE_ENDS_DEG, hue, side="right")
    family[family == len(_HUE_ENDS_DEG)] = 0
    colourless = (saturation < _MIN_SATURATION) | (saturation * value < _MIN_CHROMA)
    family[colourless] = FAMILIES.index(ACHROMATIC)
    return family


def profile(rgb: NDArray[np.uint8]) -> ColourProfile:
    """Name the colours of a segment.

    Args:
        rgb: [N, 3] colours, N >= 1.

    Raises:
        ValueError: when there is no point.
    """
    if len(rgb) == 0:
        raise ValueError("a segment without points has no colour")
    family = families(rgb)
    counts = np.bincount(family, minlength=len(FAMILIES))
    shares: dict[str, float] = {}
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] == 0:
            break
        name = _tone(FAMILIES[index], rgb[family == index])
        shares[name] = shares.get(name, 0.0) + counts[index] / len(rgb)
    return ColourProfile(dict(sorted(shares.items(), key=lambda item: -item[1])))


def _tone(family: str, rgb: NDArray[np.uint8]) -> str:
    values = rgb.astype(np.float32) / 255.0
    _, saturation, value = _hsv(values)
    bright = float(np.percentile(value, _BRIGHT_PERCENTILE))
    if family == ACHROMATIC:
        if bright >= _WHITE_VALUE:
            return "white"
        if bright >= _SILVER_VALUE:
            return "silver"
        return "gray" if bright >= _BLACK_VALUE else "black"
    if family in ("red", "rose") and (
        float(np.median(saturation)) < _PALE_SATURATION and bright > _PALE_VALUE
    ):
        return "pink"
    if family == "orange" and float(np.median(saturation)) < _BROWN_SATURATION:
        return "brown"
    limit = {"orange": _BROWN_VALUE, "magenta": _PURPLE_VALUE}.get(family, _DARK_VALUE)
    return _DARK_NAMES.get(family, family) if bright < limit else family


def _hsv(
    rgb: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Hue in degrees, saturation and value of [N, 3] colours in 0..1."""
    value = rgb.max(axis=1)
    chroma = value - rgb.min(axis=1)
    safe = np.where(chroma > 0, chroma, 1.0)
    red, green, blue = rgb.T
    hue = np.where(
        value == red,
        (green - blue) / safe,
        np.where(value == green, 2.0 + (blue - red) / safe, 4.0 + (red - green) / safe),
    )
    hue = np.where(chroma > 0, (hue * 60.0) % 360.0, 0.0)
    saturation = np.where(value > 0, chroma / np.where(value > 0, value, 1.0), 0.0)
    return hue.astype(np.float32), saturation.astype(np.float32), value
