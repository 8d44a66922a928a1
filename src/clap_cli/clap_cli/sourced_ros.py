"""Hands over to the real ROS tools where a ROS install is sourced; ours are for the wheels."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from typing import NoReturn

from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from clap_core.errors import ClapError, ErrorCode


def has_ros2(*packages: str) -> bool:
    """Whether the program ``ros2`` can be run and these packages of it are installed."""
    try:
        for package in packages:
            get_package_prefix(package)
    except (PackageNotFoundError, LookupError):
        return False
    return shutil.which("ros2") is not None


def become(command: Sequence[str]) -> NoReturn:
    """Say the command on a line of its own, then become it.

    Raises:
        ClapError: NODE_UNAVAILABLE, where it cannot be run.
    """
    print(f"ROS is sourced here; running: {shlex.join(command)}", flush=True)
    try:
        os.execvp(command[0], list(command))
    except OSError as error:
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{command[0]} cannot be run: {error}",
            "Check the ROS install, or use a terminal where it is not sourced",
        ) from error
