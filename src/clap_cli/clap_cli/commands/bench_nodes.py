"""``clap bench nodes``: does the stack outlive many short-lived nodes?"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from clap_bringup.lifecycle_manager.config import LifecycleManagerConfig
from clap_cli.domains import own_domain
from clap_cli.progress_bar import progress_bar
from clap_cli.short_lived_node import ask
from clap_cli.stack import SimulatedStack
from clap_core.errors import ClapError, ErrorCode

HELP = """Let short-lived nodes come and go beside the running stack, as calls of ros2 tools do:
each asks one of the stack's nodes for something, every tenth dies instead of leaving. Exit status 0
only if no process of the stack has ended meanwhile and each of its nodes answers at the end. Fast
DDS may hang for ever when nodes come and go (eProsima/Fast-DDS#6502)."""

ABRUPT_EVERY = 10
ANSWER_TIMEOUT_S = 10.0
LAST_TIMEOUT_S = 30.0
"""How long a node may take to answer at the end, when nothing else runs."""

SCENE = "empty"
_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--nodes", type=int, default=1000, metavar="N", help="how many come and go (%(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Run the check; its last line of output is JSON."""
    if args.nodes < 1 or args.jobs < 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"--nodes {args.nodes} and --jobs {args.jobs} must be above zero",
            "Leave them out for the defaults",
        )
    members = ("simulation", "lifecycle_manager", *LifecycleManagerConfig().nodes)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "stack.log"
        with own_domain(), SimulatedStack({"scene": SCENE, "real_time_factor": 1.0}, log) as stack:
            result = outlive([f"/{name}" for name in members], args.nodes, args.jobs)
            result["deaths"] = list(stack.deaths)
    if not args.json:
        console = Console(highlight=False)
        console.print(
            f"{result['nodes']} nodes came and went in {result['seconds']} s; "
            f"{result['unanswered']} got no answer within {ANSWER_TIMEOUT_S:g} s"
        )
        for what, names in (("does not answer", result["silent"]), ("ended", result["deaths"])):
            for name in names:
                console.print(f"{name} {what}", style="red")
    print(json.dumps(result))
    return _FAILED if result["silent"] or result["deaths"] else 0


def outlive(targets: Sequence[str], count: int, jobs: int) -> dict[str, Any]:
    """Let short-lived nodes ask the targets in turn, then each target once more.

    Args:
        targets: full names of nodes.
        count: how many short-lived nodes.
        jobs: how many at a time.

    Returns:
        ``nodes``, ``unanswered`` (of them), ``silent`` (targets that do not answer at the end),
        ``seconds``.
    """
    began = time.monotonic()
    unanswered = 0

    def one(number: int) -> bool:
        abrupt = number % ABRUPT_EVERY == ABRUPT_EVERY - 1
        return ask(targets[number % len(targets)], ANSWER_TIMEOUT_S, abrupt)

    with ThreadPoolExecutor(jobs) as pool, progress_bar(Console(stderr=True)) as bar:
        task = bar.add_task("nodes", total=count)
        for answered in pool.map(one, range(count)):
            unanswered += not answered
            bar.advance(task)
    silent = [target for target in targets if not ask(target, LAST_TIMEOUT_S)]
    return {
        "nodes": count,
        "unanswered": unanswered,
        "silent": silent,
        "seconds": round(time.monotonic() - began),
    }
