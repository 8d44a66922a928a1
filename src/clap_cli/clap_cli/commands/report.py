"""``clap report``: figures of many scorings as one page."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from clap_bench.gembench import suite
from clap_bench.gembench.published import PUBLISHED_RESULTS
from clap_bench.suite.scoring.files import check_writable, write_whole
from clap_bench.suite.scoring.results_page import page
from clap_core.errors import ClapError, ErrorCode

HELP = """Write docs/results.md from files of `./clap eval --json`: success by level and by
variation with intervals, what failures ended with, and published results beside it.

  ./clap eval --agent learned --level L1 --episodes 5 --jobs 2 --json out/learned-L1.json
  ./clap report out/*.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("figures", type=Path, nargs="+", metavar="FILE", help="that ./clap eval --json wrote")
    add("--out", type=Path, default=Path("docs/results.md"), help="the page (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Write the page; 0."""
    check_writable(args.out)
    text = page([_read(path) for path in args.figures], suite, PUBLISHED_RESULTS)
    write_whole(text.encode(), args.out)
    print(f"{len(args.figures)} files of figures in {args.out}")
    return 0


def _read(path: Path) -> dict[str, Any]:
    """A file of figures.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be read or is something else.
    """
    try:
        figures = json.loads(path.read_text())
        if figures["suite"] != suite.TITLE:
            raise ValueError(f"it is of {figures['suite']}")
        for key in ("agent", "mode", "variations"):
            figures[key]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{path} holds no figures of {suite.TITLE}: {error}",
            "Give files that `./clap eval --json FILE` wrote",
        ) from error
    return dict(figures)
