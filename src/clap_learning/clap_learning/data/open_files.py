"""Files that stay open while they are used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

MOST_OPEN = 32
"""A buffer of 256 scenes reaches back over some four shards; few wait for more than 30."""


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


File = TypeVar("File", bound=Closable)


class OpenFiles(Generic[File]):
    """The files used last, opened when they are asked for.

    Handed to another process it arrives without any.

    Args:
        open_file: opens one; its errors are those of `get`.
        most: how many stay open.
    """

    def __init__(self, open_file: Callable[[Path], File], most: int = MOST_OPEN) -> None:
        self._open_file = open_file
        self._most = most
        self._files: OrderedDict[Path, File] = OrderedDict()

    def get(self, path: Path) -> File:
        """The file, opened."""
        if path not in self._files:
            self._files[path] = self._open_file(path)
            if len(self._files) > self._most:
                self._files.popitem(last=False)[1].close()
        self._files.move_to_end(path)
        return self._files[path]

    def close(self) -> None:
        """Close all."""
        while self._files:
            self._files.popitem()[1].close()

    def __reduce__(self) -> tuple[type, tuple[Callable[[Path], File], int]]:
        return type(self), (self._open_file, self._most)
