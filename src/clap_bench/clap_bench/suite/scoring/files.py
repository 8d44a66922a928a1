"""Files that are whole or not there."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from clap_core.errors import ClapError, ErrorCode


def write_json(data: dict[str, Any], destination: Path) -> None:
    """Write a JSON file; raises like `write_whole`."""
    write_whole((json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode(), destination)


def write_whole(data: bytes, destination: Path) -> None:
    """Write a file in one step: it is there whole, or as it was before.

    Raises:
        ClapError: INVALID_REQUEST, naming the file and why it could not be written.
    """
    part = destination.with_name(f".{destination.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, destination)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(destination, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        ClapError: INVALID_REQUEST, naming it and what is in the way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def check_writable(destination: Path) -> None:
    """Check that a file can be made, before hours of work go into it.

    Raises:
        ClapError: INVALID_REQUEST, naming it and what is in the way.
    """
    if destination.is_dir():
        raise _unwritable(destination, IsADirectoryError(errno.EISDIR, "it is a folder"))
    try:
        with tempfile.NamedTemporaryFile(dir=destination.parent, prefix=f".{destination.name}."):
            pass
    except OSError as error:
        raise _unwritable(destination, error) from error


def _unwritable(destination: Path, error: OSError) -> ClapError:
    cure = "Name another file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        cure = "Make room on the disk, or name a file on another one"
    elif error.errno == errno.ENOENT:
        cure = "Make the folder first, or name another file"
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{destination} could not be written: {error.strerror or error}",
        cure,
    )
