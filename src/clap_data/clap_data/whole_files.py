"""Files that appear under their name only when they are complete and on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clap_core.errors import ClapError, ErrorCode

PARTIAL = ".partial"
"""Ending of the name that a file has while it is written."""


@contextmanager
def whole_file(path: Path, what: str) -> Iterator[BinaryIO]:
    """A stream to write a file to, which replaces one of that name when the block ends.

    Args:
        path: of the file; its folder is made.
        what: it is, such as ``the episode``.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written, such as on a full disk. After this and
            any other error of the block no file is left, and one of that name stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{what} {path} cannot be written: {error.strerror or error}",
            "Make room on the disk, or choose another folder that can be written, and run it again",
        ) from error
    finally:
        _remove(partial)


def remove_abandoned(folder: Path) -> int:
    """Delete what writers that were killed have left below a folder; tells how many files."""
    count = 0
    for partial in folder.rglob(f".*{PARTIAL}"):
        writer = partial.name.removesuffix(PARTIAL).rpartition(".")[2]
        if writer.isdigit() and not Path(f"/proc/{writer}").exists():
            _remove(partial)
            count += 1
    return count


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
