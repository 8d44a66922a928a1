"""``clap launch``: run a launch file with everything it starts.

Where ROS is sourced, its own ``ros2 launch`` does it; our runner is for the wheels.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from clap_cli.security.check import require
from clap_cli.sourced_ros import become, has_ros2
from clap_core.errors import ClapError
from clap_launch import (
    Console,
    Event,
    Launch,
    find_launch_file,
    installed_launch_files,
)
from clap_launch.arguments import describe, parse_assignments

HELP = (
    """run a launch file: sim, robot or replay, or a path; by `ros2 launch` where ROS is sourced"""
)

_PACKAGES = ("ros2launch", "launch_ros", "launch_yaml")

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
        arguments = parse_assignments(args.arguments)
        if not args.show_args:
            require(arguments)
        if has_ros2(*_PACKAGES):
            become(ros2_launch(file, arguments, args.show_args))
        if args.show_args:
            print(describe(file))
            return 0
        return run_here(file, arguments)
    except ClapError as error:  # a LaunchError, or no security where it is asked for
        print(error.message, file=sys.stderr)
        return _BAD_USAGE


def ros2_launch(file: Path, arguments: dict[str, str], show_args: bool) -> list[str]:
    """The same as a command of the real launch."""
    words = ["ros2", "launch"]
    # The form that a user of ROS would type, where there is one.
    installed = installed_launch_files().get(file.name.removesuffix(".launch.yaml"))
    words += ["clap_bringup", file.name] if file == installed else [str(file)]
    words += ["--show-args"] if show_args else []
    return words + [f"{name}:={value}" for name, value in arguments.items()]


def run_here(file: Path, arguments: dict[str, str]) -> int:
    """Run it with our runner until it ends or is interrupted; 0 after a clean end.

    Raises:
        LaunchError: something is wrong in the file or the arguments; nothing was started.
    """
    return _run_to_the_end(_prepare(str(file), arguments))


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
