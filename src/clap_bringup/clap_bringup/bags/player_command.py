"""Publishes what a bag holds, as the command line says."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clap_bringup.bags import PlaySettings, play
from clap_bringup.bags.executable import run_as_executable
from clap_bringup.bags.interruption import stopped_by_signals
from clap_bringup.bags.topics import split_patterns
from clap_core.errors import ClapError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("bag", type=Path, help="folder of the bag, or an .mcap or .db3 file")
    parser.add_argument("--rate", type=float, default=1.0, help="speed (default: 1.0)")
    parser.add_argument(
        "--topics", nargs="+", default=[], help="only these topics, with * for any text"
    )
    parser.add_argument(
        "--loop", choices=("yes", "no"), default="no", help="begin again at the end (default: no)"
    )
    parser.add_argument(
        "--start-offset",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="begin so far into the bag (default: 0)",
    )
    parser.add_argument(
        "--playback-duration",
        type=float,
        metavar="SECONDS",
        help="replay only so much of the bag (default: to its end)",
    )
    parser.add_argument(
        "--namespace",
        metavar="NS",
        default="",
        help="publish in a namespace, as /left, what was not recorded there",
    )
    parser.add_argument(
        "--wait-for",
        nargs="+",
        default=[],
        metavar="TOPIC",
        help="begin only when these topics have a subscriber",
    )
    parser.add_argument(
        "--wait-until-active",
        action="store_true",
        help="begin only when the lifecycle manager says that all nodes are active",
    )
    parser.add_argument(
        "--clock",
        action="store_true",
        help="publish /clock: the recorded one, or the bag's time where it has none",
    )


def run(args: argparse.Namespace) -> int:
    """Replay as the command line says; 1 where the bag cannot be replayed."""
    settings = PlaySettings(
        rate=args.rate,
        topics=split_patterns(args.topics),
        loop=args.loop == "yes",
        clock=args.clock,
        wait_for=split_patterns(args.wait_for),
        namespace=args.namespace,
        wait_until_active=args.wait_until_active,
        start_offset_s=args.start_offset,
        duration_s=args.playback_duration,
    )
    try:
        with stopped_by_signals() as stop:
            summary = play(args.bag, settings, stop)
    except ClapError as error:
        print(error.message, file=sys.stderr)
        return 1
    for topic, type_name in summary.skipped.items():
        print(f"{topic} was left out: the package of {type_name} is not installed.")
    print(f"Published {summary.messages} messages of {args.bag}.")
    return 0


def main() -> int:
    """The executable ``player`` of a launch."""
    return run_as_executable("player", __doc__, add_arguments, run)
