"""A page to look at: each variation of a suite, how it begins and what is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.episode import Episode
from clap_bench.suite.scoring.files import make_folder, write_whole
from clap_bench.suite.scoring.suites import Suite

COLUMNS = 5
WIDTH_PX, HEIGHT_PX = 288, 216
"""Of a picture."""

MAX_BYTES = 600_000
"""Of a sheet."""

_QUALITIES = range(88, 30, -6)
_CAPTION_PX = 62
_BETWEEN_PX = 6
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER, _INK, _FAINT = 255, (20, 20, 20), (90, 90, 90)
_CAPTION_CHARACTERS = 43
_CAPTION_LINES = 3

# From behind the robot's right shoulder: fixtures face the robot.
_LOOK_AT_M = (0.50, 0.02, 0.14)
_DISTANCE_M, _AZIMUTH_DEG, _ELEVATION_DEG = 1.08, 62.0, -34.0

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Tile:
    """One variation.

    Attributes:
        name: of the variation.
        seed: of the episode.
        instruction: what is asked.
        picture: [HEIGHT_PX, WIDTH_PX, 3] RGB.
    """

    name: str
    seed: int
    instruction: str
    picture: Picture


def make_page(
    suite: Suite, page: Path, progress: Callable[[str], None] = lambda name: None
) -> list[Path]:
    """Write the page and, in a folder beside it of the same name, a sheet for each level.

    Args:
        suite: the suite.
        page: the Markdown file.
        progress: told each variation before its picture is made.

    Returns:
        The files.

    Raises:
        ClapError: INVALID_REQUEST if a file cannot be written.
    """
    folder = page.with_suffix("")
    make_folder(folder)
    files = []
    parts = [_introduction(suite)]
    for level in suite.LEVELS:
        tiles = []
        # Another seed for each: table, light and places differ as they do in episodes.
        for seed, name in enumerate(suite.variations(level)):
            progress(name)
            tiles.append(photograph(suite, name, seed))
        sheet = folder / f"{level}.jpg"
        write_whole(compressed(contact_sheet(tiles)), sheet)
        files.append(sheet)
        parts.append(_section(level, tiles, f"{folder.name}/{sheet.name}"))
    write_whole("\n".join(parts).encode(), page)
    return [*files, page]


def photograph(suite: Suite, name: str, seed: int) -> Tile:
    """How an episode of a variation begins."""
    episode = Episode(suite.task(name), seed)
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FREE
    camera.lookat[:] = _LOOK_AT_M
    camera.distance = _DISTANCE_M
    camera.azimuth, camera.elevation = _AZIMUTH_DEG, _ELEVATION_DEG
    # Twice the size and then halved: smooth edges.
    with mujoco.Renderer(episode.world.model, 2 * HEIGHT_PX, 2 * WIDTH_PX) as renderer:
        renderer.update_scene(episode.world.data, camera)
        large = renderer.render()
    picture = cv2.resize(large, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return Tile(name, seed, episode.instruction, np.asarray(picture, dtype=np.uint8))


def contact_sheet(tiles: Sequence[Tile]) -> Picture:
    """[H, W, 3] RGB: the pictures in rows, name and instruction below each."""
    cells = [_cell(tile) for tile in tiles]
    cells += [np.full_like(cells[0], _PAPER)] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[start : start + COLUMNS]) for start in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def compressed(picture: Picture) -> bytes:
    """A JPEG of at most `MAX_BYTES`, as good as that allows."""
    data = b""
    for quality in _QUALITIES:
        _, encoded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        data = encoded.tobytes()
        if len(data) <= MAX_BYTES:
            break
    return data


def _cell(tile: Tile) -> Picture:
    cell = np.full((HEIGHT_PX + _CAPTION_PX, WIDTH_PX + _BETWEEN_PX, 3), _PAPER, dtype=np.uint8)
    cell[:HEIGHT_PX, :WIDTH_PX] = tile.picture
    cv2.putText(cell, tile.name, (2, HEIGHT_PX + 15), _FONT, 0.42, _INK, 1, cv2.LINE_AA)
    lines = textwrap.wrap(
        tile.instruction, _CAPTION_CHARACTERS, max_lines=_CAPTION_LINES, placeholder=" ..."
    )
    for number, line in enumerate(lines):
        place = (2, HEIGHT_PX + 30 + 13 * number)
        cv2.putText(cell, line, place, _FONT, 0.36, _FAINT, 1, cv2.LINE_AA)
    return cell


def _introduction(suite: Suite) -> str:
    count = sum(len(suite.variations(level)) for level in suite.LEVELS)
    return (
        f"# {suite.TITLE}\n\n"
        f"The {count} variations, as each begins at one seed, seen from behind the robot's right\n"
        "shoulder, with the published wording. Made by `./clap suite page`.\n"
    )


def _section(level: str, tiles: Sequence[Tile], sheet: str) -> str:
    rows = "\n".join(f"| `{tile.name}` | {tile.instruction} | {tile.seed} |" for tile in tiles)
    return (
        f"## {level}\n\n![The {len(tiles)} variations of {level}]({sheet})\n\n"
        f"| variation | instruction | seed |\n|---|---|---|\n{rows}\n"
    )
