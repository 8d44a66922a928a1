"""``clap launch``: run a launch file with everything it starts."""

from __future__ import annotations

import argparse
import signal
import sys

from clap_launch import (
    Console,
    Event,
    Launch,
    LaunchError,
    find_launch_file,
    installed_launch_files,
)
from clap_launch.arguments import describe, parse_assignments

HELP = "run a launch file: sim, robot or replay, or a path"

_BAD_USAGE = 2
_POLL_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    names = ", ".join(installed_launch_files()) or "none is installed yet"
    parser.add_argument("file", help=f"short name of a launch file ({names}) or a path")
    parser.add_argument(
        "arguments", nargs="*", metavar="name:=value", help="arguments of the launch file"
    )
    parser.add_argument(
        "-s", "--show-args", action="store_true", help="show the file's arguments and end"
    )


def run(args: argparse.Namespace) -> int:
    """Run the launch file until it ends or is interrupted; 0 after a clean end."""
    try:
        file = find_launch_file(args.file)
        if args.show_args:
            print(describe(file))
            return 0
        launch = _prepare(str(file), parse_assignments(args.arguments))
    except LaunchError as error:
        print(error.message, file=sys.stderr)
        return _BAD_USAGE
    return _run_to_the_end(launch)


def _prepare(file: str, arguments: dict[str, str]) -> Launch:
    console: list[Console] = []

    def show(event: Event) -> None:
        console[0].print(event)

    launch = Launch(file, arguments, on_event=show)
    console.append(Console(launch.description))
    return launch


def _run_to_the_end(launch: Launch) -> int:
    def stop(number: int, _frame: object) -> None:
        launch.request_shutdown(f"{signal.Signals(number).name} received")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        launch.start()
        # A wait without a deadline would keep Python from running the signal handler.
        while not launch.wait(_POLL_S):
            pass
    finally:
        launch.shutdown()
        for number, handler in before.items():
            signal.signal(number, handler)
    return launch.return_code or 0
