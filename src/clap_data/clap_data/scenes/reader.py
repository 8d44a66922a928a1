"""Reads shards, scene by scene."""

from __future__ import annotations

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes.records import FORMAT, SUFFIX, VERSION, SceneRecord
from clap_data.scenes.sample import PackedScene, PackedView
from clap_data.scenes.writer import image_entry, record_entry

_BROKEN = (
    zipfile.BadZipFile, struct.error, EOFError, KeyError, ValueError, NotImplementedError,
    RuntimeError, IndexError, OverflowError, LookupError, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What Python's zip reader raises at damaged bytes."""


class DamagedShardError(ClapError):
    """A file is damaged or cut short: its bytes are not those that were written."""


def shard_paths(folder: Path) -> tuple[Path, ...]:
    """All shards below a folder, in the order of their names.

    Raises:
        ClapError: INVALID_REQUEST if there is no such folder, or no shard in it.
    """
    if not folder.is_dir():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no folder {folder}",
            "Give one that `./clap data scenes --out` has filled",
        )
    found = tuple(
        sorted(path for path in folder.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
    )
    if not found:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the folder {folder} holds no *{SUFFIX} file",
            "Fill it with `./clap data scenes --out`",
        )
    return found


class SceneShard:
    """A shard on disk; nothing but its table of contents is read until a scene is asked for.

    Args:
        path: of the file.

    Raises:
        DamagedShardError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file, or it holds no scene.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except OSError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the shard {path} cannot be opened: {error.strerror or error}",
                "Give a file that `./clap data scenes` wrote",
            ) from error
        except _BROKEN as error:
            raise self._damaged(error) from error
        self._names = frozenset(self._archive.namelist())
        self._count = sum(name.endswith("/scene.json") for name in self._names)
        if not self._count:
            self.close()
            raise self._foreign("it has no scene.json")

    def __len__(self) -> int:
        """How many scenes there are."""
        return self._count

    def __enter__(self) -> SceneShard:
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

    def __iter__(self) -> Iterator[PackedScene]:
        """All scenes, read one by one; errors as of `scene`."""
        return (self.scene(number) for number in range(len(self)))

    def record(self, number: int) -> SceneRecord:
        """A scene without its pixels; errors as of `scene`."""
        number = range(len(self))[number]
        data = self._read(record_entry(number))
        try:
            content = json.loads(data)
        except ValueError as error:
            raise self._foreign(f"a scene.json is no JSON ({error})") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise self._foreign(f"a scene.json does not say '{FORMAT}'")
        if isinstance(content.get("version"), int) and content["version"] > VERSION:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the shard {self.path} has version {content['version']} of the format, and this "
                f"software knows up to {VERSION}",
                "Update this software, or make the scenes again with this one",
            )
        try:
            return SceneRecord.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise self._foreign(f"a scene.json is not valid ({place}: {first['msg']})") from error

    def scene(self, number: int) -> PackedScene:
        """One scene, its images not yet decoded.

        Raises:
            IndexError: there is no such scene.
            DamagedShardError: the file is damaged.
            ClapError: INVALID_REQUEST if it is not a shard, or of a newer version.
        """
        number = range(len(self))[number]
        record = self.record(number)
        images = []
        for view in record.views:
            name = view.camera.name
            labels = image_entry(number, name, "labels")
            images.append(
                PackedView(
                    self._read(image_entry(number, name, "color")),
                    self._read(image_entry(number, name, "depth")),
                    self._read(labels) if view.labelled else None,
                )
            )
        return PackedScene(record, tuple(images))

    def check(self) -> None:
        """Read all of the file against its checksums, without decoding its images.

        Raises:
            DamagedShardError: anything in it is damaged or missing.
        """
        for number in range(len(self)):
            self.scene(number)

    def _read(self, entry: str) -> bytes:
        try:
            return self._archive.read(entry)
        except (*_BROKEN, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DamagedShardError:
        what = str(error).strip() or type(error).__name__
        return DamagedShardError(
            ErrorCode.INVALID_REQUEST,
            f"the shard {self.path} is damaged or cut short ({what})",
            "Copy it again from its source, or delete it and make it again: `./clap data scenes` "
            "with the same arguments replaces damaged files",
        )

    def _foreign(self, what: str) -> ClapError:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{self.path} is not a shard of scenes: {what}",
            "Give a file that `./clap data scenes` wrote",
        )
