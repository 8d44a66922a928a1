"""``./clap setup``: the environment is made before any command runs; this one tells what it is."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ament_index_python.packages import get_package_prefix

HELP = """Makes the environment, as every command does where it is not there yet, and describes it.

Packages come in groups: `runtime` is what a robot's nodes need, `sim` the simulator and the suite,
`train` PyTorch and the learned models, `dev` the tools of ./clap test, `console` the page of
./clap console. These are installed unless --only names some. Others are installed only where --with
names them: `realsense` and `fci` for pyrealsense2 and pylibfranka, with which cameras and a Franka
run without a ROS install, `metaworld` for the benchmark of ./clap eval --suite metaworld, and
`browser` for playwright, with which the page's test drives one. What was chosen lasts until the
next ./clap setup."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments; set-up itself has seen them already."""
    parser.add_argument(
        "--yes", action="store_true", help="install missing system packages with sudo, unasked"
    )
    parser.add_argument(
        "--only", metavar="GROUPS", help="such as runtime,sim; packages of others are removed"
    )
    parser.add_argument(
        "--with", metavar="GROUPS", help="such as realsense,fci,metaworld; added to the others"
    )


def run(args: argparse.Namespace) -> int:
    """Prints what the environment is made of."""
    prefix = Path(get_package_prefix("rclpy"))
    on_wheels = prefix == Path(os.environ.get("VIRTUAL_ENV", ""))
    rows = (
        ("checkout", os.environ.get("CLAP_ROOT", "unknown")),
        ("Python", platform.python_version()),
        ("ROS 2 Jazzy", f"{'wheels' if on_wheels else 'install'} in {prefix}"),
        ("workspace", get_package_prefix("clap_bringup")),
        *((name, _version(name)) for name in ("mujoco", "open3d", "pin", "numpy")),
    )
    for name, value in rows:
        print(f"{name:<12} {value}")
    return 0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
