"""Opens bags for reading and says clearly what is wrong with those that cannot be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rosbags.rosbag2 import Reader, ReaderError

from clap_core.errors import ClapError, ErrorCode

_BROKEN = (ReaderError, OSError, ValueError, KeyError, EOFError, sqlite3.Error, AssertionError)


@contextmanager
def open_bag(path: Path) -> Iterator[Reader]:
    """Open a rosbag2 bag: a folder with metadata.yaml, or one ``.mcap`` or ``.db3`` file.

    Args:
        path: of the bag.

    Yields:
        An open reader with at least one topic.

    Raises:
        ClapError: INVALID_REQUEST, where it is missing, damaged (also found while reading) or has
            no topics.
    """
    path = _storage_path(path)
    try:
        with Reader(path) as reader:
            if not reader.connections:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"the bag {path} holds no topics",
                    "Record again while the stack runs",
                )
            yield reader
    except _BROKEN as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {path} is damaged or not a bag: {str(error).strip() or type(error).__name__}",
            "Copy it again from its source; an MCAP file whose recorder was killed can often be "
            "saved with `mcap recover`",
        ) from error


def _storage_path(path: Path) -> Path:
    """The path that the reader wants; a folder without metadata.yaml becomes its one file."""
    if not path.exists():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no bag {path}",
            "Give the folder that `clap record` made, or an .mcap or .db3 file",
        )
    if path.is_file() or (path / "metadata.yaml").is_file():
        return path
    files = sorted(path.glob("*.mcap")) + sorted(path.glob("*.db3"))
    if len(files) == 1:
        return files[0]
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the folder {path} has no metadata.yaml, so it is not a complete bag",
        "Give the folder of a bag, or one of its files",
    )
