"""Who gets which scene, and in what order."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from tabletop_scenes import fill

from clap_core.errors import ClapError
from clap_learning.data.scene_stream import SceneShards, Share


def numbers(shards: SceneShards, epoch: int = 0, seed: int = 0, **options: object) -> list[int]:
    return [scene.record.number for scene in shards.epoch(epoch, seed, **options)]


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


def test_the_stream_goes_on_and_can_be_taken_up(shards: SceneShards) -> None:
    stream = [scene.record.number for scene in islice(shards.forever(7, start=0, buffer=4), 57)]
    assert sorted(stream[:19]) == sorted(stream[19:38]) == list(range(19))
    later = [scene.record.number for scene in islice(shards.forever(7, start=1, buffer=4), 38)]
    assert later == stream[19:]


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
