"""``clap suite page``: a picture of each task, to look at."""

from __future__ import annotations

import argparse
from pathlib import Path

from clap_bench.suite.contact_sheet import make_page
from clap_bench.suite.scoring.suites import find_suite

HELP = """Write docs/suite.md, with a contact sheet of each level: how each variation begins, and
what is asked."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--suite", default="gembench", help="the tasks (%(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/suite.md"), help="the page (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Make the page; 0."""
    for file in make_page(find_suite(args.suite), args.out, lambda name: print(name, flush=True)):
        print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
    return 0
