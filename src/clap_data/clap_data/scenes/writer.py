"""Writes shards: whole, or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes.writer import PARTIAL
from clap_data.scenes.sample import PackedScene

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can name: equal content gives equal bytes."""

_PERMISSIONS = 0o644 << 16


def record_entry(scene: int) -> str:
    """Name of a scene's record inside the file."""
    return f"{scene:04d}/scene.json"


def image_entry(scene: int, camera: str, what: str) -> str:
    """Name of an image inside the file; `what` is color, depth or labels."""
    return f"{scene:04d}/{camera}.{what}.{'jpg' if what == 'color' else 'png'}"


def write_shard(path: Path, scenes: Iterable[PackedScene]) -> int:
    """Write scenes to a file, replacing one of that name.

    The same scenes give the same bytes. The file appears under its name only when it is complete
    and on the disk.

    Args:
        path: of the file; its folder is made.
        scenes: taken one by one.

    Returns:
        How many there were.

    Raises:
        ClapError: INVALID_REQUEST if the file cannot be written, such as on a full disk; none is
            left then, and one of that name stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for scene in scenes:
                    _write(archive, count, scene)
                    count += 1
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        _remove(partial)
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the shard {path} cannot be written: {error.strerror or error}",
            "Make room on the disk, or choose another folder that can be written, and run it again",
        ) from error
    except BaseException:
        _remove(partial)
        raise
    return count


def _write(archive: zipfile.ZipFile, number: int, scene: PackedScene) -> None:
    _add(archive, record_entry(number), scene.record.model_dump_json().encode())
    for view, image in zip(scene.record.views, scene.images, strict=True):
        name = view.camera.name
        _add(archive, image_entry(number, name, "color"), image.color)
        _add(archive, image_entry(number, name, "depth"), image.depth)
        if image.labels is not None:
            _add(archive, image_entry(number, name, "labels"), image.labels)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _PERMISSIONS
    archive.writestr(entry, content)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
