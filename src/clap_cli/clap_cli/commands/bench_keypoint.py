"""``clap bench keypoint``: how often a keypoint finder points at the right place."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from clap_bench.suite.scoring.statistics import DIGITS, bootstrap
from clap_cli.backend_settings import add_set_argument, chosen_settings
from clap_core.backends import KEYPOINT_FINDERS, KeypointFinder, create
from clap_data.episodes import EpisodeFolder
from clap_learning.keypoint.scoring import Scored, figures, score

HELP = """Ask a keypoint finder for each sub-task of demonstrations that it was not trained on, and
for things that are not there. Right is within 3 cm. Folders are of one level each:

  ./clap data make --split L3 --episodes 2 --seed 500400 --out out/L3
  ./clap bench keypoint out/L1 out/L3 --json

Intervals of 95 % are bootstrapped over tasks, whose sub-tasks fail together. Demonstrations have
seeds of their own: no episode that `./clap eval` scores is among them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("folders", type=Path, nargs="+", metavar="DIR", help="of demonstrations, one a level")
    add("--backend", default="learned", help="keypoint finder to ask (%(default)s)")
    add_set_argument(parser)
    add("--noise", action="store_true", help="also as a laboratory's cameras would have it: a "
        "D435's noise and holes, 5 mm and 0.5 degrees of miscalibration")  # fmt: skip
    add("--wrong", action="store_true", help="print what was answered wrongly")
    add("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Ask and count; the last line of output is JSON."""
    settings = chosen_settings(KEYPOINT_FINDERS, args.backend, args.set)
    finder: KeypointFinder = create(KEYPOINT_FINDERS, args.backend, settings)
    finder.warm_up()
    result: dict[str, Any] = {"backend": args.backend}
    for path in args.folders:
        scored = score(finder, EpisodeFolder(path), _tell)
        print(file=sys.stderr)
        if args.wrong:
            _print_wrong(scored)
        for key, value in figures(scored).items():
            result[f"{path.name}.{key}"] = value
        result[f"{path.name}.right_ci95"] = _interval(scored)
        if args.noise:
            noisy = figures(score(finder, EpisodeFolder(path), _tell, measured=True))
            print(file=sys.stderr)
            result[f"{path.name}.noise_loss"] = _loss(result[f"{path.name}.right"], noisy["right"])
    if not args.json:
        Console(highlight=False).print(_table(result, [path.name for path in args.folders]))
    print(json.dumps(result))
    return 0


def _interval(scored: Sequence[Scored]) -> list[float] | None:
    """Of the share of right answers, where a look must tell the place."""
    groups: dict[str, list[float]] = {}
    for one in scored:
        if one.present and one.seen:
            groups.setdefault(one.variation.partition("+")[0], []).append(float(one.right))
    return list(bootstrap(list(groups.values()))) if groups else None


def _loss(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(before - after, DIGITS)


def _print_wrong(scored: Sequence[Scored]) -> None:
    for one in scored:
        if not one.right:
            away = "none" if one.error_m is None else f"{100.0 * one.error_m:.1f} cm"
            there = "" if one.present else " (absent)"
            print(f"{one.variation}/{one.episode} '{one.text}'{there}: {away} {one.said}")


def _table(result: dict[str, Any], levels: Sequence[str]) -> Table:
    table = Table("", *levels, box=None)
    for key in ("subtasks", "median_cm", "right", "right_ci95", "right_hand", "whole"):
        table.add_row(key, *(str(result[f"{level}.{key}"]) for level in levels))
    for key in ("absent.precision", "absent.recall", "calibration_error", "latency_ms"):
        table.add_row(key, *(str(result[f"{level}.{key}"]) for level in levels))
    if f"{levels[0]}.noise_loss" in result:
        table.add_row("noise_loss", *(str(result[f"{level}.noise_loss"]) for level in levels))
    return table


def _tell(episodes: int) -> None:
    print(f"\r{episodes} episodes", end="", file=sys.stderr, flush=True)
