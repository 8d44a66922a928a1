"""``./clap calibrate check``: whether the cameras agree with each other and with the table."""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from clap_cli.calibration.seen_scene import Views, of_bag, of_scenes, of_stack
from clap_cli.stack_choice import add_namespace_argument
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import FusionConfig
from clap_core.fusion.agreement import agreements, surface, table_height_mm

HELP = """Tell how far the clouds of each two cameras are apart where both see the same, and how far
each camera sees the table from where it is: of the running stack, or of a recording. A shift along
a bare table cannot be seen: put some boxes on it. The exit status is 1 where something is farther
apart than --max-mm.

  ./clap calibrate check
  ./clap calibrate check --bag my_recording"""

LOOKS = 5
MAX_MM = 6.0
_APART = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--bag", type=Path, help="folder or file of a recording")
    source.add_argument("--scenes", type=Path, help="*.scenes file, or a folder of them")
    parser.add_argument(
        "--looks", type=int, default=LOOKS, help="of which the median counts (%(default)s)"
    )
    parser.add_argument(
        "--max-mm", type=float, default=MAX_MM, help="what is still good (%(default)g)"
    )
    parser.add_argument(
        "--table-height", type=float, default=0.0, metavar="M", help="in the base frame (0)"
    )
    add_namespace_argument(parser)
    parser.add_argument("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Look and tell; 0 if all is within the bound, 1 if not."""
    count = max(args.looks, 1)
    if args.bag is not None:
        looks = of_bag(args.bag, count)
    elif args.scenes is not None:
        looks = of_scenes(args.scenes, count)
    else:
        looks = of_stack(count, args.namespace or "")
    result = measure(looks, args.table_height)
    if not args.json:
        Console(highlight=False).print(_table(result))
    print(json.dumps(result))
    pairs: dict[str, float | None] = result["apart_mm"]
    tables: dict[str, float | None] = result["table_mm"]
    worst = max((abs(value) for value in (*pairs.values(), *tables.values()) if value), default=0)
    return _APART if worst > args.max_mm else 0


def measure(looks: list[Views], table_height_m: float = 0.0) -> dict[str, dict[str, float | None]]:
    """Medians over the looks; None where cameras see too little.

    Args:
        looks: views of each.
        table_height_m: in the base frame.

    Returns:
        ``apart_mm`` and ``residual_mm`` by pair as ``front-left``, ``table_mm`` and
        ``table_tilt_deg`` by camera.

    Raises:
        ClapError: INVALID_REQUEST where no look has two cameras.
    """
    if not any(len(views) > 1 for views in looks):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "there is no look of two cameras",
            "Start two cameras at least, or name another recording",
        )
    config = FusionConfig()
    found: dict[str, dict[str, list[float]]] = {
        key: defaultdict(list) for key in ("apart_mm", "residual_mm", "table_mm", "table_tilt_deg")
    }
    for views in looks:
        surfaces = [surface(view, config) for view in views]
        for pair in agreements(surfaces):
            name = f"{pair.first}-{pair.second}"
            found["apart_mm"][name].append(pair.apart_mm)
            found["residual_mm"][name].append(pair.residual_mm)
        for seen in surfaces:
            height_mm, tilt_deg = table_height_mm(seen, table_height_m)
            found["table_mm"][seen.camera].append(height_mm)
            found["table_tilt_deg"][seen.camera].append(tilt_deg)
    return {
        key: {name: _median(values) for name, values in named.items()}
        for key, named in found.items()
    }


def _median(values: list[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return round(float(np.median(known)), 2) if known else None


def _table(result: dict[str, dict[str, float | None]]) -> Table:
    table = Table("", "mm", "", box=None)
    for name, apart_mm in result["apart_mm"].items():
        left = result["residual_mm"][name]
        words = "too little is seen by both" if apart_mm is None else f"apart; then {left} mm left"
        table.add_row(name, "-" if apart_mm is None else str(apart_mm), words)
    for name, height_mm in result["table_mm"].items():
        tilt = result["table_tilt_deg"][name]
        words = "no table is seen" if height_mm is None else f"of the table; tilted {tilt} degrees"
        table.add_row(name, "-" if height_mm is None else str(height_mm), words)
    return table
