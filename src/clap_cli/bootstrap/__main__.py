"""Makes the environment where it is not there yet, then runs the command in it.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import groups
import system_packages
import virtual_environment
import workspace
from console import say
from environment import command_environment
from layout import Layout, SetupError
from target import Target, find_target

_ASK_FOR_OVERVIEW: tuple[list[str], ...] = ([], ["-h"], ["--help"], ["help"])


def main() -> int:
    """Runs ``./clap``; comes back only with the list of commands, or where set-up failed."""
    layout = Layout(Path(__file__).resolve().parents[3])
    arguments = sys.argv[1:]
    if arguments[:1] in _ASK_FOR_OVERVIEW:
        print(_overview(layout))
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        target = find_target(layout, dict(os.environ))
        if os.path.realpath(target.interpreter) != os.path.realpath(sys.executable):
            command = [target.interpreter, "-S", "-E", os.path.dirname(__file__), *arguments]
            os.execv(target.interpreter, command)
        wanted = groups.asked_for(arguments) or virtual_environment.chosen_groups(layout)
        if not _is_ready(layout, target, wanted):
            _set_up(
                layout, target, wanted, agreed=arguments[:1] == ["setup"] and "--yes" in arguments
            )
    except SetupError as error:
        say(f"\nclap: {error.reason}\n  {error.cure}")
        return 1
    except KeyboardInterrupt:
        say("\nclap: set-up was interrupted; the next ./clap goes on from here.")
        return 130

    environment = command_environment(
        layout, target, workspace.search_paths(layout), dict(os.environ), " ".join(arguments)
    )
    python = str(layout.python)
    os.execve(python, [python, "-m", "clap_cli", *arguments], environment)


def _overview(layout: Layout) -> str:
    """The list of commands, straight from the sources: who asks for it wants no set-up yet."""
    sys.path += [str(layout.sources / package) for package in ("clap_cli", "clap_core")]
    from clap_cli.__main__ import overview

    return overview()


def _is_ready(layout: Layout, target: Target, wanted: Sequence[str]) -> bool:
    packages_are = virtual_environment.is_ready(layout, target, wanted)
    return packages_are and workspace.is_ready(layout, target)


def _set_up(layout: Layout, target: Target, wanted: Sequence[str], agreed: bool) -> None:
    """Brings virtual environment and workspace up to date; one process at a time."""
    lock = os.open(layout.root, os.O_RDONLY)  # held by pip and colcon too, should this one die
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("clap: another ./clap is setting up this checkout; waiting for it.")
        fcntl.flock(lock, fcntl.LOCK_EX)
    if virtual_environment.is_ready(layout, target, wanted):
        if workspace.is_ready(layout, target):
            return
        say("clap: the package definitions changed; building them.")
    else:
        say("clap: setting up the environment; the first time takes some minutes.")
    system_packages.ensure(layout, target, lock, agreed)
    if not virtual_environment.is_ready(layout, target, wanted):
        virtual_environment.make(layout, target, lock, wanted)
    if not workspace.is_ready(layout, target):
        workspace.make(layout, target, lock)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
