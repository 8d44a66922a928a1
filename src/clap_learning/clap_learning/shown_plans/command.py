"""The command line of what is learned of plans."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_data.episodes import EpisodeFolder
from clap_learning.shown_plans.plans import save_plans, templates_of

HELP = """Read from demonstrations how sentences are taken apart, for the planner `shown`.
One episode of a task is enough. Episodes are of `./clap data make`, or of `./clap data from-bag`
with sub-tasks.

  ./clap train plans --episodes out/train --out out/plans
The planner reads it from its setting shown.plans."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--episodes", type=Path, required=True, metavar="DIR", help="folder of episodes")
    add("--variation", nargs="+", metavar="V", help="only these (default: all)")
    add("--split", default="", help="only of this split (default: any)")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the plans")


def run(args: argparse.Namespace) -> int:
    """Read them; 0 when they are written."""
    folder = EpisodeFolder(args.episodes, args.variation, args.split)
    records = [record for record in folder.records() if record.success is not False]
    templates = templates_of(records)
    path = save_plans(args.out, templates, len(records))
    print(f"{len(templates)} sentences of {len(records)} episodes in {path}")
    return 0
