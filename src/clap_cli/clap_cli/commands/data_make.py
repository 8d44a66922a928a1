"""``clap data make``: let the experts demonstrate the tasks of a suite."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from clap_bench.production import FileStatus
from clap_bench.suite.production import EpisodeOutcome, orders, produce
from clap_bench.suite.scoring.suites import SUITES
from clap_cli.progress_bar import collect

HELP = """Write expert episodes (docs/episodes.md): RGB-D of four cameras, joints, key poses,
sub-tasks and keypoints. What is there and whole is kept, so an interrupted run is taken up again by
the same command. The same seed gives the same files, however many jobs.

A demonstration that the expert fails is not stored: the next seed is tried, 1,000,000 further,
up to ten times. How often that was needed is told at the end."""

_FAILED = 1
_INTERRUPTED = 130
_TOLD = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--suite", default="gembench", help=f"one of: {', '.join(SUITES)}")
    parser.add_argument("--split", default="train", help="of the suite (default: train)")
    parser.add_argument(
        "--variation", nargs="+", default=[], help="only these, e.g. push_button+3 (default: all)"
    )
    parser.add_argument(
        "--episodes", type=int, required=True, help="number of episodes of each variation"
    )
    parser.add_argument("--seed", type=int, default=0, help="number of the first (default: 0)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")


def run(args: argparse.Namespace) -> int:
    """Make them; 0 if all are there, 1 if an expert failed all its attempts, 130 after Ctrl-C."""
    work = orders(args.suite, args.split, args.variation, args.episodes, args.seed, args.out)
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    outcomes, interrupted = collect(
        console,
        produce(work, max(1, args.jobs)),
        "demonstrations",
        len(work),
        lambda outcome: (1, outcome.order.variation),
    )
    _tell(console, outcomes, time.monotonic() - began)
    if interrupted:
        print(
            f"Interrupted after {len(outcomes)} of {len(work)}; the same command goes on.",
            file=sys.stderr,
        )
        return _INTERRUPTED
    return _FAILED if any(outcome.status is FileStatus.FAILED for outcome in outcomes) else 0


def _tell(console: Console, outcomes: list[EpisodeOutcome], seconds: float) -> None:
    statuses = Counter(outcome.status for outcome in outcomes)
    made = statuses[FileStatus.MADE] + statuses[FileStatus.REMADE]
    parts = [f"{statuses[status]} {status.value}" for status in FileStatus if statuses[status]]
    console.print(f"{', '.join(parts) or 'nothing made'}, in {seconds:.0f} s", markup=False)
    if made:
        console.print(f"{3600.0 * made / seconds:.0f} episodes an hour")
    failures = [(outcome, reason) for outcome in outcomes for reason in outcome.failures]
    if failures:
        console.print(f"{len(failures)} attempts in which the expert failed:")
    for outcome, reason in failures[:_TOLD]:
        console.print(f"  {outcome.order.variation} {reason}", markup=False)
    if len(failures) > _TOLD:
        console.print(f"  and {len(failures) - _TOLD} more")
