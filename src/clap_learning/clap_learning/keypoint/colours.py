"""Colour words and what they look like: CIE L*a*b* of CSS's names and of XKCD's survey.

``colours.json`` holds CSS's 148 names and those of XKCD's survey (xkcd.com/color/rgb, CC0). Where
both have a name, it is XKCD's, who asked people what they call a colour: CSS's ``azure`` is nearly
white, its ``violet`` pink. Left out are vulgar names, and those that are first of all things to eat
or to build with (chocolate, mustard, brick).

The names that the RGB wheel gives to what lies between its colours (rose: between red and magenta)
mean these too: so screens and simulators use them, and people see something else in some.
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

_BETWEEN = {
    "orange": (255, 127, 0),
    "chartreuse": (127, 255, 0),
    "spring green": (0, 255, 127),
    "azure": (0, 127, 255),
    "violet": (127, 0, 255),
    "rose": (255, 0, 127),
}
"""The RGB wheel's tertiary colours."""

_OTHER_READING = 25.0
"""Difference in L*a*b* from which a name is read in two ways."""

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


@cache
def readings(name: str) -> tuple[Lab, ...]:
    """L*, a*, b* of what a colour's name may mean; none where it is no colour's."""
    first = lexicon().get(name)
    if first is None:
        return ()
    if name not in _BETWEEN:
        return (first,)
    light, red, yellow = to_lab(np.array([_BETWEEN[name]], np.uint8))[0].tolist()
    second = (light, red, yellow)
    differs = float(np.linalg.norm(np.subtract(first, second))) > _OTHER_READING
    return (first, second) if differs else (first,)


def split_colours(name: str) -> tuple[tuple[Lab, ...], str]:
    """Take the colours out of a thing's name.

    A word at the end of a name is the thing, whatever it is called: ``the orange`` is a fruit.

    Args:
        name: such as ``dark red mug``.

    Returns:
        What its colours look like, each in all its readings, and the name without them: ``mug``.
    """
    words = _WORD.findall(name.casefold())
    found: list[Lab] = []
    rest: list[str] = []
    index = 0
    while index < len(words):
        taken, labs = next(_colours_at(words, index), (0, ()))
        if taken:
            found += labs
            index += taken
        else:
            rest.append(words[index])
            index += 1
    return tuple(found), " ".join(rest)


def _colours_at(words: list[str], index: int) -> Iterator[tuple[int, tuple[Lab, ...]]]:
    """Colour names that begin at a word and end before the last one, the longest first."""
    for count in range(min(_LONGEST, len(words) - 1 - index), 0, -1):
        labs = readings(" ".join(words[index : index + count]))
        if labs:
            yield count, labs
