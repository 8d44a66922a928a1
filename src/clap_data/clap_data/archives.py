"""Zip archives of JSON records and images: what episodes and shards of scenes have in common."""

from __future__ import annotations

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_data.whole_files import whole_file

_BROKEN = (
    zipfile.BadZipFile, struct.error, EOFError, KeyError, ValueError, NotImplementedError,
    RuntimeError, IndexError, OverflowError, LookupError, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What Python's zip reader raises at damaged bytes."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can name: equal content gives equal bytes."""

_PERMISSIONS = 0o644 << 16

Record = TypeVar("Record", bound=BaseModel)
Archive = TypeVar("Archive", bound="ArchiveFile")


class DamagedFileError(ClapError):
    """A file is damaged or cut short: its bytes are not those that were written."""


@dataclass(frozen=True)
class ArchiveKind:
    """What an archive is, for its records and for what is said of it.

    Attributes:
        name: such as ``episode``.
        description: with its article, such as ``a shard of scenes``.
        content: what has to be made again, such as ``the scenes``.
        writers: commands that write it.
        maker: the one of them that replaces damaged files.
        format, version: that its records name; a newer version is refused.
    """

    name: str
    description: str
    content: str
    writers: str
    maker: str
    format: str
    version: int


class ArchiveFile:
    """An archive on disk; entries are read when they are asked for.

    Args:
        path: of the file.
        kind: what it should be.

    Attributes:
        path: of the file.
        names: of its entries.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file.
    """

    def __init__(self, path: Path, kind: ArchiveKind) -> None:
        self.path = path
        self._kind = kind
        try:
            self._archive = zipfile.ZipFile(path)
        except OSError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the {kind.name} {path} cannot be opened: {error.strerror or error}",
                f"Give a file that {kind.writers} wrote",
            ) from error
        except _BROKEN as error:
            raise self.damaged(error) from error
        self.names = frozenset(self._archive.namelist())

    def __enter__(self: Archive) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def read(self, entry: str) -> bytes:
        """An entry, held against its checksum.

        Raises:
            DamagedFileError: it is damaged or missing.
        """
        try:
            return self._archive.read(entry)
        except (*_BROKEN, OSError) as error:
            raise self.damaged(error) from error

    def read_record(self, entry: str, model: type[Record]) -> Record:
        """An entry that is a JSON record of a known version.

        Raises:
            DamagedFileError: it is damaged or missing.
            ClapError: INVALID_REQUEST if it is not such a record, or of a newer version.
        """
        name = entry.rsplit("/", 1)[-1]
        data = self.read(entry)
        try:
            content = json.loads(data)
        except ValueError as error:
            raise self.foreign(f"its {name} is no JSON ({error})") from error
        if not isinstance(content, dict) or content.get("format") != self._kind.format:
            raise self.foreign(f"its {name} does not say '{self._kind.format}'")
        version = content.get("version")
        if isinstance(version, int) and version > self._kind.version:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the {self._kind.name} {self.path} has version {version} of the format, and this "
                f"software knows up to {self._kind.version}",
                f"Update this software, or make {self._kind.content} again with this one",
            )
        try:
            return model.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            what = f"{place}: {first['msg']}" if place else first["msg"]
            raise self.foreign(f"its {name} is not valid ({what})") from error

    def damaged(self, error: Exception) -> DamagedFileError:
        """To be raised where bytes are not those that were written."""
        what = str(error).strip() or type(error).__name__
        return DamagedFileError(
            ErrorCode.INVALID_REQUEST,
            f"the {self._kind.name} {self.path} is damaged or cut short ({what})",
            f"Copy it again from its source, or delete it and make it again: {self._kind.maker} "
            "with the same arguments replaces damaged files",
        )

    def foreign(self, what: str) -> ClapError:
        """To be raised where a file is something else."""
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{self.path} is not {self._kind.description}: {what}",
            f"Give a file that {self._kind.writers} wrote",
        )


@contextmanager
def write_archive(path: Path, kind: ArchiveKind) -> Iterator[Callable[[str, bytes], None]]:
    """A function that adds an entry to a new archive: its name and content.

    The same entries give the same bytes. The file appears under its name, replacing one that has
    it, only when the block ends without an error.

    Args:
        path: of the file; its folder is made.
        kind: what it is.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written, such as on a full disk; no file is left
            then, and one of that name stays.
    """
    with (
        whole_file(path, f"the {kind.name}") as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):

        def add(name: str, content: bytes) -> None:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _PERMISSIONS
            archive.writestr(entry, content)

        yield add
