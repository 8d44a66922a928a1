"""What frozen teachers say of stored scenes, computed once and looked up ever after.

For each shard ``<name>.scenes`` there is one ``<cache>/<teacher>/<name>.safetensors``, below the
same sub-folders, of 16-bit floats:

    maps     [views of all scenes, C, h, w]
    pooled   [views of all scenes, D]
    text     [scenes, D'] of the captions; absent without a teacher of text
    offsets  [scenes + 1] int64, the first view of each scene, and the number of views

The features are of the images as they are stored. What the student sees in its cloud has other
colours (`data.colours`): it learns what a teacher says of a clean picture of what it sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor

from clap_core.errors import ClapError, ErrorCode
from clap_learning.data.open_files import OpenFiles
from clap_learning.data.scene_stream import SceneKey
from clap_learning.teachers.teacher import ViewFeatures

SUFFIX = ".safetensors"
FORMAT, VERSION = "clap-teacher-features", "1"

Half = NDArray[np.float16]


class CacheHeader(BaseModel, frozen=True, extra="forbid"):
    """What a file of a cache says of itself; safetensors stores it as words.

    Attributes:
        teacher, text_teacher: their names; the latter empty where there is none.
        stride: of the teacher's maps, pixels.
        shard_bytes, scenes: of the shard that it belongs to.
    """

    format: str = FORMAT
    version: str = VERSION
    teacher: str
    text_teacher: str = ""
    stride: int
    shard_bytes: int
    scenes: int

    def words(self) -> dict[str, str]:
        """As safetensors stores it."""
        return {name: str(value) for name, value in self.model_dump().items()}


def folder_of(cache: Path, teacher: str) -> Path:
    """Where a cache keeps a teacher's features; a teacher's name may be a path."""
    return cache / re.sub(r"[^\w.-]+", "-", teacher).strip("-.")


def features_beside(scenes: Path) -> Path:
    """Where the features of a folder of scenes are, unless somebody says otherwise."""
    return scenes.with_name(f"{scenes.name}-features")


def file_of(features: Path, scenes: Path, shard: Path) -> Path:
    """The file of features that belongs to a shard below the folder `scenes`."""
    return features / shard.relative_to(scenes).with_suffix(SUFFIX)


class FeatureFile:
    """The features of one shard; nothing is read until it is asked for.

    Args:
        path: of the file.

    Attributes:
        header: what it says of itself.
        cells: C, h and w of a map.
        pooled_dim, text_dim: D and D'; the latter 0 without a teacher of text.

    Raises:
        ClapError: INVALID_REQUEST if it is not there, damaged, cut short, or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: Any = safe_open(str(path), framework="numpy")
            self.header = CacheHeader.model_validate(self._file.metadata() or {})
            names = set(self._file.keys())
            self._maps, self._pooled = (self._file.get_slice(n) for n in ("maps", "pooled"))
            self._text = self._file.get_slice("text") if "text" in names else None
            self._offsets = self._file.get_tensor("offsets")
        except (SafetensorError, OSError, ValidationError) as error:
            what = "is not there" if not path.exists() else f"cannot be used ({_first(error)})"
            raise bad_cache(path, what) from error
        shape = self._maps.get_shape()
        self.cells = (shape[1], shape[2], shape[3])
        self.pooled_dim = int(self._pooled.get_shape()[1])
        self.text_dim = int(self._text.get_shape()[1]) if self._text is not None else 0
        if (self.header.format, self.header.version) != (FORMAT, VERSION) or len(
            self._offsets
        ) != self.header.scenes + 1:
            raise bad_cache(path, "is of another version")

    def views(self, scene: int, numbers: Sequence[int]) -> tuple[Half, Half]:
        """Maps [n, C, h, w] and pooled features [n, D] of some of a scene's views."""
        first, end = self._offsets[scene : scene + 2].tolist()
        return self._maps[first:end][list(numbers)], self._pooled[first:end][list(numbers)]

    def text(self, scene: int) -> Half | None:
        """[D'] of a scene's caption."""
        return None if self._text is None else np.asarray(self._text[scene : scene + 1][0])

    def close(self) -> None:
        """Close the file."""
        del self._maps, self._pooled, self._text, self._file


class TeacherCache:
    """Looks up the features of the scenes of a folder.

    Args:
        features: the folder that `make_cache` returned.
        scenes: the folder of shards that it was made of.
        shards: those that will be used.

    Attributes:
        header: of one of the files; teachers are the same in all.
        cells, pooled_dim, text_dim: see `FeatureFile`.

    Raises:
        ClapError: INVALID_REQUEST if a shard's file is missing, damaged, of another teacher than
            the others, or of another shard.
    """

    def __init__(self, features: Path, scenes: Path, shards: Iterable[Path]) -> None:
        self._features, self._scenes = features, scenes
        self._files = OpenFiles(FeatureFile)
        found: dict[tuple[str, str, tuple[int, ...]], Path] = {}
        for shard in shards:
            path = file_of(features, scenes, shard)
            file = FeatureFile(path)
            self.header, self.cells = file.header, file.cells
            self.pooled_dim, self.text_dim = file.pooled_dim, file.text_dim
            if self.header.shard_bytes != shard.stat().st_size:
                raise bad_cache(path, f"is of another file than {shard}")
            kind = (self.header.teacher, self.header.text_teacher, file.cells)
            found.setdefault(kind, path)
            file.close()
        if len(found) > 1:
            first, second = list(found.values())[:2]
            raise bad_cache(second, f"is of other teachers, or sizes, than {first}")

    def views(self, key: SceneKey, numbers: Sequence[int]) -> tuple[Half, Half]:
        """See `FeatureFile.views`."""
        return self._file(key).views(key.number, numbers)

    def text(self, key: SceneKey) -> Half | None:
        """See `FeatureFile.text`."""
        return self._file(key).text(key.number)

    def _file(self, key: SceneKey) -> FeatureFile:
        return self._files.get(file_of(self._features, self._scenes, key.shard))


class CachedTeacher:
    """Stands for a teacher whose features are looked up: it knows its sizes, and cannot look.

    Attributes:
        name, dim, pooled_dim, stride: see `teachers.teacher.Teacher`.
    """

    def __init__(self, name: str, dim: int, pooled_dim: int, stride: int) -> None:
        self.name, self.dim, self.pooled_dim, self.stride = name, dim, pooled_dim, stride

    def look(self, images: Tensor) -> ViewFeatures:
        """Raises ClapError: INVALID_REQUEST."""
        raise self._absent()

    def maps(self, images: Tensor) -> Tensor:
        """Raises ClapError: INVALID_REQUEST."""
        raise self._absent()

    def pooled(self, images: Tensor, view_mask: Tensor | None = None) -> Tensor:
        """Raises ClapError: INVALID_REQUEST."""
        raise self._absent()

    def _absent(self) -> ClapError:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the teacher '{self.name}' is not loaded, only its cached features are",
            "Give the loader the cache, or make the teacher with `make_teacher`",
        )


class CachedTextTeacher:
    """Stands for a teacher of text whose features are looked up; see `CachedTeacher`."""

    def __init__(self, name: str, dim: int) -> None:
        self.name, self.dim = name, dim

    def encode(self, texts: list[str]) -> Tensor:
        """Raises ClapError: INVALID_REQUEST."""
        raise CachedTeacher(self.name, 0, 0, 0)._absent()


def cached_teachers(features: Path) -> tuple[CachedTeacher, CachedTextTeacher | None]:
    """Stand-ins for the teachers that a cache was made with.

    Args:
        features: the folder that `make_cache` returned.

    Raises:
        ClapError: INVALID_REQUEST if there is no file of features, or the first is damaged.
    """
    path = next(iter(sorted(features.rglob(f"[!.]*{SUFFIX}"))), None)
    if path is None:
        raise bad_cache(features, "holds no features")
    file = FeatureFile(path)
    header = file.header
    teacher = CachedTeacher(header.teacher, file.cells[0], file.pooled_dim, header.stride)
    text = CachedTextTeacher(header.text_teacher, file.text_dim) if file.text_dim else None
    file.close()
    return teacher, text


def bad_cache(path: Path, what: str) -> ClapError:
    """The error that names a file of a cache, and says that it can be made again."""
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the teacher's features in {path}: the file {what}",
        "Make them again: `make_cache` with the same scenes and teachers keeps what is whole and "
        "replaces the rest",
    )


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]
