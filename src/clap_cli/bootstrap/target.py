"""What the environment is made on: the pinned ROS wheels, or a sourced ROS 2 Jazzy install."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from layout import Layout, SetupError

ROS_DISTRO = "jazzy"


@dataclass(frozen=True)
class Target:
    """What an environment depends on; another one needs another environment.

    Attributes:
        interpreter: the Python that the virtual environment is made from.
        python_version: its "major.minor".
        underlay: the sourced prefixes (AMENT_PREFIX_PATH) it builds on; empty on the wheels.
    """

    interpreter: str
    python_version: str
    underlay: tuple[str, ...] = ()

    @property
    def on_wheels(self) -> bool:
        """Whether ROS comes from the pinned wheels."""
        return not self.underlay

    def identity(self, layout: Layout) -> dict[str, object]:
        """What must be unchanged for an existing environment to be usable."""
        return {
            "root": str(layout.root),
            "python": self.python_version,
            "underlay": list(self.underlay),
        }

    def wanted(self, pins: list[str]) -> list[str]:
        """The pins that this target takes from PyPI."""
        if self.on_wheels:
            return pins
        return [pin for pin in pins if not pin.startswith("ros-")]


def find_target(layout: Layout, environment: dict[str, str]) -> Target:
    """Decides between a sourced ROS install and the wheels.

    Raises:
        SetupError: another ROS distribution is sourced, or the wheels do not run on this machine.
    """
    own_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    prefixes = [
        prefix
        for prefix in environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
        if prefix and prefix not in (str(layout.venv), str(layout.install))
    ]
    distro = environment.get("ROS_DISTRO", "")
    is_sourced = bool(prefixes or environment.get("ROS_PACKAGE_PATH"))
    if distro and distro != ROS_DISTRO and is_sourced:
        raise SetupError(
            f"ROS {distro} is sourced in this terminal; this stack is built for {ROS_DISTRO}.",
            "Use a terminal where it is not sourced (look for setup.bash in ~/.bashrc), or: "
            "env -u ROS_DISTRO -u AMENT_PREFIX_PATH -u ROS_PACKAGE_PATH -u PYTHONPATH ./clap",
        )
    ros_python = _python_of_ros(prefixes) if distro == ROS_DISTRO else None
    if ros_python is None:
        _check_machine()
        return Target(os.path.realpath(sys.executable), own_version)
    chosen = environment.get("CLAP_PYTHON") or f"/usr/bin/python{ros_python}"
    if not Path(chosen).exists():
        chosen = os.path.realpath(sys.executable)
        if own_version != ros_python:
            raise SetupError(
                f"The sourced ROS is built for Python {ros_python}, which was not found.",
                f"Name it: CLAP_PYTHON=/path/to/python{ros_python} ./clap",
            )
    return Target(chosen, ros_python, tuple(prefixes))


def _python_of_ros(prefixes: list[str]) -> str | None:
    """ "major.minor" of the Python that a sourced rclpy is built for, or None without rclpy."""
    for prefix in prefixes:
        for rclpy in sorted(Path(prefix).glob("lib/python3.*/site-packages/rclpy")):
            return rclpy.parent.parent.name.removeprefix("python")
    return None


def _check_machine() -> None:
    if platform.machine() != "x86_64":
        raise SetupError(
            f"The ROS 2 wheels exist for x86-64 only; this machine is {platform.machine()}.",
            f"Install ROS 2 {ROS_DISTRO} (docs.ros.org), source its setup.bash, run ./clap again.",
        )
    library, version = platform.libc_ver()
    if library != "glibc" or tuple(map(int, version.split(".")[:2])) < (2, 35):
        raise SetupError(
            f"The pinned wheels need glibc 2.35 or newer; this machine has {library} {version}.",
            "Use Debian 12, Ubuntu 22.04 or newer, or docker/compose.yaml.",
        )
