"""Records topics to a rosbag2 bag, as the command line says."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from clap_bringup.bags import BagRecorder
from clap_bringup.bags.executable import run_as_executable
from clap_bringup.bags.interruption import stopped_by_signals
from clap_bringup.bags.topics import split_patterns
from clap_core.errors import ClapError

_LOOK_S = 0.1
"""Python runs signal handlers only between waits."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "topics", nargs="*", help="topics to record, with * for any text; all where none is given"
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="folder of the bag (default: out/bag-<date>-<time>)"
    )
    parser.add_argument(
        "-x", "--exclude", nargs="+", default=[], help="topics to leave out, with *"
    )
    parser.add_argument(
        "--hidden", action="store_true", help="also hidden topics, such as feedback of actions"
    )
    parser.add_argument(
        "--namespace", metavar="NS", default="", help="only what is in a namespace, as /left"
    )
    parser.add_argument("--compress", action="store_true", help="compress the bag with zstd")


def default_folder() -> Path:
    """Where a bag goes that was given no folder."""
    return Path("out") / time.strftime("bag-%Y%m%d-%H%M%S")


def run(args: argparse.Namespace) -> int:
    """Record as the command line says; 1 where nothing came."""
    folder = args.output or default_folder()
    print(f"Recording to {folder}; Ctrl-C ends it.", flush=True)
    try:
        with (
            stopped_by_signals() as stop,
            BagRecorder(
                folder,
                split_patterns(args.topics),
                exclude=split_patterns(args.exclude),
                hidden=args.hidden,
                compress=args.compress,
                namespace=args.namespace,
            ) as recorder,
        ):
            while not (stop.wait(_LOOK_S) or recorder.failed):
                pass
        summary = recorder.summary
    except ClapError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(f"Recorded {summary.messages} messages of {len(summary.topics)} topics to {folder}.")
    for name, count in sorted(summary.topics.items()):
        print(f"  {count:7d}  {name}")
    if summary.messages == 0:
        print(
            "Nothing was published. Check with `ros2 topic list` that the stack runs, and that "
            "both share one ROS_DOMAIN_ID.",
            file=sys.stderr,
        )
        return 1
    return 0


def main() -> int:
    """The executable ``recorder`` of a launch; it finishes its file before it ends."""
    return run_as_executable("recorder", __doc__, add_arguments, run)
