"""Reads shards, scene by scene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import ArchiveFile
from clap_data.scenes.records import KIND, SUFFIX, SceneRecord
from clap_data.scenes.sample import PackedScene, PackedView
from clap_data.scenes.writer import image_entry, record_entry


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


class SceneShard(ArchiveFile):
    """A shard on disk; nothing but its table of contents is read until a scene is asked for.

    Args:
        path: of the file.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file, or it holds no scene.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, KIND)
        self._count = sum(name.endswith("/scene.json") for name in self.names)
        if not self._count:
            self.close()
            raise self.foreign("it has no scene.json")

    def __len__(self) -> int:
        """How many scenes there are."""
        return self._count

    def __iter__(self) -> Iterator[PackedScene]:
        """All scenes, read one by one; errors as of `scene`."""
        return (self.scene(number) for number in range(len(self)))

    def record(self, number: int) -> SceneRecord:
        """A scene without its pixels; errors as of `scene`."""
        number = range(len(self))[number]
        return self.read_record(record_entry(number), SceneRecord)

    def scene(self, number: int) -> PackedScene:
        """One scene, its images not yet decoded.

        Raises:
            IndexError: there is no such scene.
            DamagedFileError: the file is damaged.
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
                    self.read(image_entry(number, name, "color")),
                    self.read(image_entry(number, name, "depth")),
                    self.read(labels) if view.labelled else None,
                )
            )
        return PackedScene(record, tuple(images))

    def check(self) -> None:
        """Read all of the file against its checksums, without decoding its images.

        Raises:
            DamagedFileError: anything in it is damaged or missing.
        """
        for number in range(len(self)):
            self.scene(number)
