"""`./clap bench planner`: how many sentences a planner understands, and refuses, as it should."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from clap_bench.suite.scoring.statistics import DIGITS, wilson
from clap_cli.backend_settings import add_set_argument, chosen_settings
from clap_cli.commands.test import checkout
from clap_cli.planner_score.templates import templates
from clap_cli.planner_score.wordings import TEST, VALIDATION, Answer, answer, refused, reworded
from clap_core.backends import PLANNERS, Planner, create

HELP = "how many sentences a planner understands, and refuses, as it should"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--backend", default="learned", help="planner to ask (%(default)s)")
    add_set_argument(parser)
    parser.add_argument("--sentences", type=Path, help="folder of YAML (test/data/language)")
    parser.add_argument("--no-suite", action="store_true", help="leave out the suite's wordings")
    parser.add_argument(
        "--failures", action="store_true", help="print what went wrong; not of the test half"
    )
    parser.add_argument("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Count, and print a table and a line of JSON; 0."""
    folder = args.sentences or checkout() / "test/data/language"
    planner: Planner = create(
        PLANNERS, args.backend, chosen_settings(PLANNERS, args.backend, args.set)
    )
    sets = {
        "reworded": list(reworded(planner, folder)),
        "refused": list(refused(planner, folder)),
    }
    if not args.no_suite:
        sets["templates"] = list(templates(planner, folder))
    result = figures(sets) | {"median_ms": median_ms(planner, sets)}
    if args.failures:
        _print_failures(each for answers in sets.values() for each in answers)
    if not args.json:
        Console(highlight=False).print(_table(result))
    print(json.dumps(result))
    return 0


def figures(sets: dict[str, list[Answer]]) -> dict[str, Any]:
    """Shares of right answers with intervals of 95 % (Wilson), by set and by half.

    ``reworded_exact`` and ``refused`` are of the half that is only counted; the other half's
    share stands beside it.
    """
    result: dict[str, Any] = {}
    for key, name in (
        ("templates_exact", "templates"),
        ("reworded_exact", "reworded"),
        ("refused", "refused"),
    ):
        answers = sets.get(name, [])
        if not answers:
            continue
        counted = [each for each in answers if each.half == TEST] or answers
        result[key] = _share(counted)
        result[f"{key}_ci95"] = list(wilson(_right(counted), len(counted)))
        result[f"{key}_sentences"] = len(counted)
        looked_at = [each for each in answers if each.half == VALIDATION]
        if counted is not answers and looked_at:
            result[f"{key}_validation"] = _share(looked_at)
    return result


def median_ms(planner: Planner, sets: dict[str, list[Answer]]) -> float:
    """Median time of one sentence [ms]."""
    times = []
    for each in (each for answers in sets.values() for each in answers):
        start = time.perf_counter()
        answer(planner, each.sentence)
        times.append(1e3 * (time.perf_counter() - start))
    return round(float(np.median(times)), 3)


def _right(answers: list[Answer]) -> int:
    return sum(each.right for each in answers)


def _share(answers: list[Answer]) -> float:
    return round(_right(answers) / len(answers), DIGITS)


def _print_failures(answers: Iterable[Answer]) -> None:
    for each in answers:
        if not each.right and each.half != TEST:
            print(f"{each.sentence!r}\n    is: {each.group}\n    got: {each.said}")


def _table(result: dict[str, Any]) -> Table:
    table = Table("", "right", "95 % interval", "sentences", "half to look at", box=None)
    for key in ("templates_exact", "reworded_exact", "refused"):
        if key in result:
            low, high = result[f"{key}_ci95"]
            seen = result.get(f"{key}_validation")
            table.add_row(
                key,
                f"{100 * result[key]:.1f} %",
                f"{100 * low:.1f} to {100 * high:.1f} %",
                str(result[f"{key}_sentences"]),
                "" if seen is None else f"{100 * seen:.1f} %",
            )
    return table
