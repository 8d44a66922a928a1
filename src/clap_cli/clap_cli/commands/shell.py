"""``./clap shell``: the environment for ROS tools."""

from __future__ import annotations

import argparse
import os
import shutil

from clap_core.errors import ClapError, ErrorCode

HELP = """Runs a command with the ROS environment set up, or opens a shell in it.

  ./clap shell -- ros2 topic list
  ./clap shell -- python my_node.py
  ./clap shell"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, help="what to run; your own $SHELL if left out"
    )


def run(args: argparse.Namespace) -> int:
    """Becomes the command.

    Raises:
        ClapError: there is no such program.
    """
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        print("ROS environment of this checkout; leave it with exit.")
        command = [os.environ.get("SHELL", "/bin/sh")]
    if shutil.which(command[0]) is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"There is no program {command[0]!r}",
            "Check its name; ROS tools such as ros2 come with a ROS 2 install",
        )
    os.execvp(command[0], command)
