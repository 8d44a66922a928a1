"""``clap data metaworld``: demonstrations by MetaWorld's scripted experts."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from clap_bench.production import FileStatus
from clap_bench.steps.demonstrations import StepOutcome, orders, produce
from clap_cli.progress_bar import collect

HELP = """Write demonstrations of MetaWorld's tasks by its own scripted experts: a cloud, the state
of the hand and the expert's action at each step, one file an episode (docs/metaworld.md). What is
there and whole is kept, so an interrupted run is taken up again by the same command. The same seed
gives the same files, however many jobs. Scoring never plays their seeds.

  ./clap data metaworld --episodes 10 --out out/metaworld
  ./clap data metaworld --tasks drawer-open reach --episodes 10 --out out/metaworld"""

_SUITE = "metaworld"
_FAILED = 1
_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--tasks", nargs="+", default=[], metavar="T", help="only these (default: all 50)")
    add("--episodes", type=int, required=True, help="number of episodes of each task")
    add("--seed", type=int, default=0, help="number of the first (default: 0)")
    add("--shake", type=float, default=0.0, help="add noise of this deviation to what the hand "
        "does, not to what is stored (default: 0)")  # fmt: skip
    add("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    add("--out", type=Path, required=True, help="folder to fill")


def run(args: argparse.Namespace) -> int:
    """Make them; 0 if all are there, 1 if an expert failed all its attempts, 130 after Ctrl-C."""
    work = orders(_SUITE, args.tasks, args.episodes, args.seed, args.shake, args.out)
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


def _tell(console: Console, outcomes: list[StepOutcome], seconds: float) -> None:
    statuses = Counter(outcome.status for outcome in outcomes)
    parts = [f"{statuses[status]} {status.value}" for status in FileStatus if statuses[status]]
    console.print(f"{', '.join(parts) or 'nothing made'}, in {seconds:.0f} s", markup=False)
    for outcome in outcomes:
        for reason in outcome.failures:
            console.print(f"  {outcome.order.variation}: the expert failed, {reason}", markup=False)
