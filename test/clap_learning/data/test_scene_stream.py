"""Who gets which scene, and in what order."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import ClassVar

import pytest
from tabletop_scenes import fill

from clap_core.errors import ClapError
from clap_learning.data.open_files import OpenFiles
from clap_learning.data.scene_stream import SceneKey, SceneReader, SceneShards, Share


def numbers(shards: SceneShards, epoch: int = 0, seed: int = 0, **options: object) -> list[int]:
    return read(shards.epoch(epoch, seed, **options))


def read(keys: Iterable[SceneKey]) -> list[int]:
    reader = SceneReader()
    return [reader.scene(key).record.number for key in keys]


@pytest.fixture
def shards(tmp_path: Path) -> SceneShards:
    return SceneShards(fill(tmp_path, [5, 3, 4, 1, 6]))


def test_an_epoch_has_every_scene_once_in_another_order(shards: SceneShards) -> None:
    first, second = (numbers(shards, epoch, buffer=4) for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(19))
    assert first != second and first != sorted(first)
    assert numbers(shards, 0, buffer=4) == first
    assert numbers(shards, 0, seed=1, buffer=4) != first


@pytest.mark.parametrize("consumers", [2, 3, 5, 8, 19])
def test_consumers_share_without_overlap(shards: SceneShards, consumers: int) -> None:
    """With fewer consumers than files, as many, and more."""
    for epoch in range(2):
        parts = [
            numbers(shards, epoch, share=Share(number, consumers)) for number in range(consumers)
        ]
        together = [number for part in parts for number in part]
        assert sorted(together) == list(range(19))
        assert all(parts)


def test_the_stream_goes_on(shards: SceneShards) -> None:
    stream = read(islice(shards.forever(7, buffer=4), 57))
    epochs = [stream[k : k + 19] for k in (0, 19, 38)]
    assert all(sorted(epoch) == list(range(19)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert epochs[1] == numbers(shards, 1, 7, buffer=4)


def test_a_limit_takes_the_first_scenes(tmp_path: Path) -> None:
    shards = SceneShards(fill(tmp_path, [5, 3, 4]), limit=7)
    assert len(shards) == 7
    assert sorted(numbers(shards)) == list(range(7))


def test_more_workers_than_scenes_are_refused(shards: SceneShards) -> None:
    with pytest.raises(ClapError, match="19 scenes cannot be divided among 20"):
        next(shards.forever(0, Share(19, 20)))


def test_a_damaged_shard_is_named(shards: SceneShards, tmp_path: Path) -> None:
    path = tmp_path / "s2.scenes"
    content = bytearray(path.read_bytes())
    content[3000:3060] = b"\0" * 60
    path.write_bytes(content)
    with pytest.raises(ClapError, match=r"s2\.scenes is damaged"):
        numbers(shards)


class _File:
    """Tells which are open."""

    opened: ClassVar[list[str]] = []

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.opened.append(self.name)

    def close(self) -> None:
        self.opened.remove(self.name)


def test_the_files_used_last_stay_open() -> None:
    files = OpenFiles(_File, most=2)
    first = files.get(Path("a"))
    for name in "ba":
        files.get(Path(name))
    assert files.get(Path("a")) is first
    files.get(Path("c"))
    assert _File.opened == ["a", "c"]
    other = pickle.loads(pickle.dumps(files))
    files.close()
    assert _File.opened == []
    assert other.get(Path("a")) is not first
