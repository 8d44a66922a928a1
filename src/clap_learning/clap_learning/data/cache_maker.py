"""Fills a cache of teachers' features; see `data.teacher_cache`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor
from tqdm import tqdm

from clap_core.errors import ClapError, ErrorCode
from clap_core.processes import in_processes
from clap_data.episodes.images import decode_color
from clap_data.scenes import PackedScene, SceneShard, shard_paths
from clap_data.whole_files import remove_abandoned, whole_file
from clap_learning.data.teacher_cache import CacheHeader, FeatureFile, file_of, folder_of
from clap_learning.teachers.lean import LeanTeacher, fastest_format
from clap_learning.teachers.registry import (
    DEFAULT_TEACHER,
    DEFAULT_TEXT_TEACHER,
    make_teacher,
    make_text_teacher,
)
from clap_learning.teachers.teacher import FrozenTeacher

_SCENES_TO_TRY = 4
"""Whose images decide in which number format the teacher computes."""


@dataclass(frozen=True)
class _Order:
    """A shard, and the file that its features go to."""

    shard: Path
    target: Path


@dataclass(frozen=True)
class _Recipe:
    """What a process needs to know to fill orders; names, as it makes the teachers itself."""

    teacher: str
    text_teacher: str | None
    dtype: torch.dtype
    device: str


def make_cache(
    folder: Path,
    cache: Path,
    teacher: str = DEFAULT_TEACHER,
    text_teacher: str | None = DEFAULT_TEXT_TEACHER,
    jobs: int = 1,
    device: str = "cpu",
    show: bool = True,
) -> Path:
    """Compute the features of all images and captions of a folder of scenes.

    What is there and whole is kept, so an interrupted run is taken up again by the same call.
    The features are of the images as they are stored, without any change of colours.

    Args:
        folder: of shards.
        cache: folder to fill; the features go below the teacher's name.
        teacher, text_teacher: names; None for no features of captions.
        jobs: processes, each of one thread of the CPU; 1 works in this process. On a GPU the
            processes share it: most of their time they decode pictures and write files.
        device: to compute on.
        show: a progress bar.

    Returns:
        The folder of this teacher's features, which `SceneLoader` takes.

    Raises:
        ClapError: INVALID_REQUEST for scenes, teachers or a disk that cannot be used; INTERNAL
            if a process was killed.
    """
    shards = shard_paths(folder)
    features = folder_of(cache, teacher)
    remove_abandoned(features)
    wanted = [_Order(shard, file_of(features, folder, shard)) for shard in shards]
    orders = [order for order in wanted if not _is_whole(order, teacher, text_teacher)]
    with tqdm(
        total=len(wanted),
        initial=len(wanted) - len(orders),
        desc=f"features of {teacher}",
        unit="file",
        disable=not show,
    ) as bar:
        if orders:
            recipe = _Recipe(
                teacher, text_teacher, _dtype(teacher, orders[0].shard, device), device
            )
            for _ in _filled(recipe, orders, jobs):
                bar.update()
    return features


def _is_whole(order: _Order, teacher: str, text_teacher: str | None) -> bool:
    """Whether an order was filled before, by the same teachers of the same shard."""
    try:
        file = FeatureFile(order.target)
    except ClapError:
        return False
    made_by = (file.header.teacher, file.header.text_teacher)
    size = file.header.shard_bytes
    file.close()
    return made_by == (teacher, text_teacher or "") and size == order.shard.stat().st_size


def _dtype(teacher: str, shard: Path, device: str) -> torch.dtype:
    """The number format to compute in."""
    with SceneShard(shard) as scenes:
        packed = [scenes.scene(number) for number in range(min(len(scenes), _SCENES_TO_TRY))]
    return fastest_format(_frozen(teacher), _images(packed, shard), device)


def _frozen(name: str) -> FrozenTeacher:
    teacher = make_teacher(name)
    assert isinstance(teacher, FrozenTeacher), name
    return teacher


def _filled(recipe: _Recipe, orders: list[_Order], jobs: int) -> Iterator[_Order]:
    """Fill orders; each is given when it is done."""
    if jobs == 1 or len(orders) == 1:
        maker = _Maker(recipe)
        for order in orders:
            maker.fill(order)
            yield order
        return
    yield from in_processes(partial(_fill, recipe), orders, jobs)


def _fill(recipe: _Recipe, order: _Order) -> _Order:
    """Fill an order in a process of its own."""
    _maker_of(recipe).fill(order)
    return order


@cache
def _maker_of(recipe: _Recipe) -> _Maker:
    """Makes the teachers once a process."""
    torch.set_num_threads(1)
    return _Maker(recipe)


class _Maker:
    """Fills orders, one after the other."""

    def __init__(self, recipe: _Recipe) -> None:
        frozen = _frozen(recipe.teacher)
        self._recipe = recipe
        self._stride = frozen.stride
        self._teacher = LeanTeacher(frozen, recipe.dtype, recipe.device)
        self._text = make_text_teacher(recipe.text_teacher) if recipe.text_teacher else None

    def fill(self, order: _Order) -> None:
        """Compute and write the features of a shard."""
        with SceneShard(order.shard) as shard:
            scenes = list(shard)
        maps, pooled = self._teacher.look(_images(scenes, order.shard))
        arrays = {
            "maps": self._half(maps),
            "pooled": self._half(pooled),
            "offsets": np.cumsum([0, *(len(scene.images) for scene in scenes)]),
        }
        if self._text is not None:
            arrays["text"] = self._half(
                self._text.encode([scene.record.caption for scene in scenes])
            )
        header = CacheHeader(
            teacher=self._recipe.teacher,
            text_teacher=self._recipe.text_teacher or "",
            stride=self._stride,
            shard_bytes=order.shard.stat().st_size,
            scenes=len(scenes),
        )
        content = save(arrays, metadata=header.words())
        with whole_file(order.target, "the file of a teacher's features") as stream:
            stream.write(content)

    def _half(self, features: Tensor) -> NDArray[np.float16]:
        half = features.half()
        if not torch.isfinite(half).all():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"features of the teacher '{self._recipe.teacher}' do not fit into 16-bit floats",
                "Choose another teacher, or train without a cache",
            )
        return half.numpy()


def _images(scenes: list[PackedScene], shard: Path) -> Tensor:
    """[views of all scenes, 3, H, W] uint8."""
    images = [decode_color(view.color) for scene in scenes for view in scene.images]
    sizes = {image.shape for image in images}
    if len(sizes) > 1:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the scenes' pictures in {shard} have several sizes: {sorted(sizes)}",
            "Put scenes of one size into a folder",
        )
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
