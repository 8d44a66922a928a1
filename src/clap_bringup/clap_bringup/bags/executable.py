"""The bag commands as executables of a launch."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from rclpy.utilities import remove_ros_args

from clap_ros.launcher import end_with_launcher


def run_as_executable(
    name: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    run: Callable[[argparse.Namespace], int],
) -> int:
    """Run a command with this process's arguments; where the launch dies, it ends as by a signal.

    What the launch adds for ROS (``--ros-args``) changes nothing.
    """
    end_with_launcher()
    parser = argparse.ArgumentParser(prog=name, description=description)
    add_arguments(parser)
    return run(parser.parse_args(remove_ros_args(sys.argv)[1:]))
