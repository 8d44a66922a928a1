"""Where this package's configurations and models are, whatever the working directory is."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory


def installed(*parts: str) -> Path:
    """Path of an installed file or folder, which need not be there, as ``models``, ``clar-tiny``.

    Where nothing was built yet, it is taken to be below the working directory.
    """
    try:
        return Path(get_package_share_directory("clap_bringup"), *parts)
    except PackageNotFoundError:
        return Path(*parts)
