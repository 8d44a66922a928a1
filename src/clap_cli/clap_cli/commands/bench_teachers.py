"""``clap bench teachers``: which teacher's features find the same place in another view."""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes import SceneShard, shard_paths
from clap_learning.teachers.choose import NEAR_PX, choose
from clap_learning.teachers.registry import DEFAULT_TEACHER, PREFIX, TEACHERS

HELP = f"""Measure 2D teachers on scenes whose geometry is known: each cell of a view is looked for
in another view by its feature. The best one is near most often, averaged over the angles between
the cameras. One that is not installed is listed with the command that installs it; models of
transformers are named {PREFIX}NAME.

  ./clap bench teachers --scenes out/scenes --json
  ./clap bench teachers --teachers efficientnet-lite0 {PREFIX}facebook/dinov2-small"""

_VIEWS = 4
"""Of each scene: twelve ordered pairs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--scenes", type=Path, default=Path("out/scenes"), metavar="DIR",
        help="of ./clap data scenes (%(default)s)")  # fmt: skip
    add("--count", type=int, default=24, metavar="N",
        help="scenes to measure on, spread over the folder (%(default)s)")  # fmt: skip
    add(
        "--teachers", nargs="+", default=list(TEACHERS), metavar="NAME", help="which (default: all)"
    )
    add("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Measure and print; the last line of output is JSON."""
    if args.count < 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"--count is {args.count}", "Give a number from 1 on"
        )
    scenes = list(itertools.islice(_scenes(args.scenes, args.count), args.count))
    best, scores = choose(scenes, args.teachers)
    figures = {
        "best": best,
        "default": DEFAULT_TEACHER,
        "scenes": len(scenes),
        "near_px": NEAR_PX,
        "teachers": [score.to_json() for score in scores],
    }
    if not args.json:
        Console().print(_table(figures))
    print(json.dumps(figures))
    return 0


def _scenes(folder: Path, count: int) -> Iterator[list[CameraView]]:
    """The first views of scenes that are spread evenly over the files."""
    paths = shard_paths(folder)
    for number in range(-(-count // len(paths))):
        for path in paths:
            with SceneShard(path) as shard:
                # Neighbours in a file show the same objects.
                place = number * max(1, len(shard) * len(paths) // count)
                if place >= len(shard):
                    continue
                packed = shard.scene(place)
                if not packed.record.exact_depth:
                    raise ClapError(
                        ErrorCode.INVALID_REQUEST,
                        f"the depth of the scenes in {path} is not exact",
                        "Give simulated scenes, such as ./clap data scenes --split train makes",
                    )
                yield list(packed.unpack(range(min(_VIEWS, len(packed.images)))).views)


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title=f"Matching the cells of {figures['scenes']} scenes' views")
    for title in ("teacher", f"within {figures['near_px']:g} px", "within a cell", "chance"):
        table.add_column(title)
    table.add_column("by angle between the cameras, degrees")
    for row in figures["teachers"]:
        whole = row["all"]
        if whole is None:
            table.add_row(row["teacher"], row["error"])
            continue
        angles = ", ".join(
            f"{name}: {100 * bin_['near']:.0f}" for name, bin_ in row["by_angle"].items()
        )
        table.add_row(
            row["teacher"],
            *(f"{100 * whole[name]:.1f} %" for name in ("near", "within_cell", "chance")),
            angles,
        )
    return table
