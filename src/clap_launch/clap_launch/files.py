"""Finds launch files by path or by the short name of an installed one."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_share_directory,
)

from clap_launch.errors import LaunchError, suggest

_SUFFIX = ".launch.yaml"
_PACKAGE = "clap_bringup"


def installed_launch_files() -> dict[str, Path]:
    """The installed launch files by short name: ``{"sim": .../sim.launch.yaml}``."""
    try:
        folder = Path(get_package_share_directory(_PACKAGE)) / "launch"
    except PackageNotFoundError:
        return {}
    return {path.name.removesuffix(_SUFFIX): path for path in sorted(folder.glob(f"*{_SUFFIX}"))}


def find_launch_file(name: str | Path) -> Path:
    """Find a launch file.

    Args:
        name: a path, or a short name such as ``sim``.

    Returns:
        Its path.

    Raises:
        LaunchError: there is no such file; the installed ones are named.
    """
    path = Path(name)
    if path.is_file():
        return path.absolute()
    installed = installed_launch_files()
    short = str(name).removesuffix(_SUFFIX)
    if short in installed:
        return installed[short]
    cure = suggest(short, installed) if installed else "Build the workspace, or give a path"
    raise LaunchError(None, f"there is no launch file '{name}'", cure)
