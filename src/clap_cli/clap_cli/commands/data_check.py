"""``clap data check``: whether demonstrations are good to teach with."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from clap_cli.check_table import row_of, table
from clap_cli.plan_file import read_plan
from clap_data.bags.to_episode import Conversion
from clap_data.checks.check import check_all
from clap_data.demonstrations import demonstrations_in

HELP = """Check demonstrations before you teach with them: gaps and rates of joint states and
cameras, stamps, units, the hand, key poses that the arm cannot reach, demonstrations that
contradict each other. Each finding is told with its file, its moment and its cure.
1 where something is unusable."""

_UNUSABLE = 1
_FILE_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add(
        "sources", type=Path, nargs="+", metavar="PATH", help="episodes, bags, or folders of either"
    )
    add("--instruction", default="", help="what was asked for in the bags (default: as they say)")
    add("--subtasks", type=Path, metavar="FILE", help="the plan of the bags, as of `./clap teach`")
    add("--cameras", nargs="+", default=[], help="only these (default: all)")
    add("--robot", default="", help="arm that is to learn (default: that of most demonstrations)")
    add("--json", action="store_true", help="print it for programs")


def run(args: argparse.Namespace) -> int:
    """Print what was found; 1 if something is unusable."""
    conversion = Conversion(
        instruction=args.instruction,
        subtasks=read_plan(args.subtasks) if args.subtasks else (),
        cameras=tuple(args.cameras),
    )
    report = check_all(demonstrations_in(args.sources), conversion, args.robot)
    if args.json:
        print(json.dumps(report.fields(), indent=1))
    else:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)
        listed = table()
        for one in report.demonstrations:
            listed.add_row(*row_of(one))
        console.print(listed)
        for finding in report.findings:
            console.print(finding.line, markup=False, soft_wrap=True)
        usable = sum(one.is_usable for one in report.demonstrations)
        console.print(f"{usable} of {len(report.demonstrations)} can be taught with")
    wanted = (one for one in report.demonstrations if one.success is not False)
    return 0 if all(one.is_usable for one in wanted) else _UNUSABLE
