"""What is seen on a laptop: its keys and its screen, as pictures.

MuJoCo lays a texture's rows along y of a box and its columns along x, and turns it by half a turn
between the upper and the lower side: so both pictures are turned from how a person sees them, the
keys for an upper side and the screen for the lid's lower one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_DECK = (52, 54, 58)
_KEY = (22, 23, 26)
_MARK = (190, 192, 196)
_SKY = ((28, 60, 120), (90, 160, 215))
_WINDOW, _TITLE, _LINE = (240, 241, 243), (55, 110, 190), (120, 124, 130)
_TASKBAR = (24, 28, 36)
_ICONS = ((230, 70, 60), (245, 185, 50), (70, 180, 90), (80, 140, 230))


def keyboard(*, wide: bool) -> Picture:
    """Five rows of keys with their marks and a space bar; a number block where it is wide."""
    picture = np.full((70, 160, 3), _DECK, dtype=np.uint8)
    columns = 15 if wide else 11
    pitch = 160 / columns
    for row in range(5):
        y = 4 + 13 * row
        for column in range(columns):
            x = round(2 + pitch * column)
            if wide and column == 11:
                continue
            picture[y : y + 10, x : x + round(pitch) - 3] = _KEY
            picture[y + 3 : y + 6, x + 2 : x + 5] = _MARK
    picture[56:66, 40:100] = _KEY
    return np.rot90(picture, -1)


def desktop() -> Picture:
    """A desktop with two windows, icons and a task bar."""
    blend = np.linspace(0.0, 1.0, 96)[:, None, None]
    sky = (1.0 - blend) * np.array(_SKY[0]) + blend * np.array(_SKY[1])
    picture = np.repeat(sky, 144, axis=1).astype(np.uint8)
    for top, left, height, width in ((10, 14, 50, 66), (30, 72, 48, 60)):
        picture[top : top + height, left : left + width] = _WINDOW
        picture[top : top + 7, left : left + width] = _TITLE
        for line in range(top + 13, top + height - 4, 7):
            picture[line : line + 2, left + 5 : left + width - 8 - line % 11] = _LINE
    picture[86:] = _TASKBAR
    for k, icon in enumerate(_ICONS):
        picture[88:94, 4 + 10 * k : 10 + 10 * k] = icon
    return np.rot90(picture)
