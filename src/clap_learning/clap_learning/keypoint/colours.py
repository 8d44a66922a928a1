"""Colour words and what they look like: CIE L*a*b* of CSS's names and of XKCD's survey.

``colours.json`` holds CSS's 148 names and those of XKCD's survey (xkcd.com/color/rgb, CC0). Where
both have a name, it is XKCD's, who asked people what they call a colour: CSS's ``azure`` is nearly
white, its ``violet`` pink. Left out are vulgar names, and those that are first of all things to eat
or to build with (chocolate, mustard, brick).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

Lab = tuple[float, float, float]

_LONGEST = 3
"""Words of the longest names, such as `dark olive green`."""

_WORD = re.compile(r"[a-z/]+")


def to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[..., 3] bytes of sRGB to L* 0..100, a*, b*."""
    flat = rgb.reshape(1, -1, 3).astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2Lab), np.float32).reshape(rgb.shape)


@cache
def lexicon() -> dict[str, Lab]:
    """Each colour name's L*, a*, b*."""
    named: dict[str, str] = json.loads(files(__package__).joinpath("colours.json").read_text())
    rgb = np.array([list(bytes.fromhex(value[1:])) for value in named.values()], np.uint8)
    return {
        name: (float(lab[0]), float(lab[1]), float(lab[2]))
        for name, lab in zip(named, to_lab(rgb), strict=True)
    }


def split_colours(name: str) -> tuple[tuple[Lab, ...], str]:
    """Take the colours out of a thing's name.

    A word at the end of a name is the thing, whatever it is called: ``the orange`` is a fruit.

    Args:
        name: such as ``dark red mug``.

    Returns:
        What its colours look like, and the name without them: ``mug``.
    """
    words = _WORD.findall(name.casefold())
    found: list[Lab] = []
    rest: list[str] = []
    index = 0
    while index < len(words):
        taken, lab = next(_colours_at(words, index), (0, None))
        if lab is None:
            rest.append(words[index])
            index += 1
        else:
            found.append(lab)
            index += taken
    return tuple(found), " ".join(rest)


def _colours_at(words: list[str], index: int) -> Iterator[tuple[int, Lab]]:
    """Colour names that begin at a word and end before the last one, the longest first."""
    for count in range(min(_LONGEST, len(words) - 1 - index), 0, -1):
        lab = lexicon().get(" ".join(words[index : index + count]))
        if lab is not None:
            yield count, lab
