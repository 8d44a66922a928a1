"""Deals out the scenes of shards in random order, each consumer its own part."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes import PackedScene, SceneShard, shard_paths
from clap_learning.data.open_files import OpenFiles

DEFAULT_BUFFER = 256
"""Scenes among which one is drawn; four shards' worth mixes well."""


@dataclass(frozen=True)
class SceneKey:
    """Where a scene is stored.

    Attributes:
        shard: path of the file.
        number: of the scene in it.
    """

    shard: Path
    number: int


@dataclass(frozen=True)
class Share:
    """Which part of the scenes a consumer has.

    Attributes:
        number: of the consumer, from 0.
        of: how many there are: processes times workers of each.
    """

    number: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of:
            raise ValueError(f"there is no consumer {self.number} of {self.of}")


class SceneShards:
    """The shards below a folder, to be streamed epoch by epoch.

    Nothing but paths and counts is kept, so it can be handed to worker processes.

    Args:
        folder: with the shards; sub-folders are searched.
        limit: only so many scenes, the first ones by file name; all if None.

    Attributes:
        counts: scenes of each shard, by path.

    Raises:
        ClapError: INVALID_REQUEST if there is no such folder, no shard in it, or one cannot be
            read, which is named.
    """

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        self.counts: dict[Path, int] = {}
        left = limit
        for path in shard_paths(folder):
            if left == 0:
                break
            with SceneShard(path) as shard:
                count = len(shard)
            self.counts[path] = count if left is None else min(count, left)
            left = None if left is None else left - self.counts[path]

    def __len__(self) -> int:
        """How many scenes there are."""
        return sum(self.counts.values())

    def epoch(
        self, epoch: int, seed: int, share: Share | None = None, buffer: int = DEFAULT_BUFFER
    ) -> Iterator[SceneKey]:
        """A consumer's scenes of one epoch: every scene goes to one consumer.

        Shards come in random order, and are gone through from beginning to end; a scene leaves
        the buffer at random. The same epoch, seed and share give the same order. Nothing is read.

        Args:
            epoch: from 0.
            seed: of the order.
            share: the consumer's part.
            buffer: scenes that wait.
        """
        share = share or Share()
        rng = np.random.default_rng([seed, epoch, share.number, share.of])
        waiting: list[SceneKey] = []
        for path, numbers in _parts(self.counts, epoch, seed, share):
            for number in numbers:
                key = SceneKey(path, number)
                if len(waiting) < max(1, buffer):
                    waiting.append(key)
                    continue
                place = int(rng.integers(len(waiting)))
                waiting[place], key = key, waiting[place]
                yield key
        yield from (waiting[place] for place in rng.permutation(len(waiting)))

    def forever(
        self, seed: int, share: Share | None = None, buffer: int = DEFAULT_BUFFER
    ) -> Iterator[SceneKey]:
        """Epoch after epoch; see `epoch`.

        Raises:
            ClapError: INVALID_REQUEST if this consumer would get no scene at all.
        """
        share = share or Share()
        if share.number >= len(self):
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{len(self)} scenes cannot be divided among {share.of} workers",
                "Use fewer workers, or make more scenes",
            )
        for epoch in itertools.count():
            yield from self.epoch(epoch, seed, share, buffer)


class SceneReader:
    """Reads scenes by their keys; shards stay open for a while."""

    def __init__(self) -> None:
        self._shards = OpenFiles(SceneShard)

    def scene(self, key: SceneKey) -> PackedScene:
        """A scene, its images not yet decoded.

        Raises:
            ClapError: INVALID_REQUEST, naming a shard that is damaged.
        """
        return self._shards.get(key.shard).scene(key.number)


def _parts(
    counts: dict[Path, int], epoch: int, seed: int, share: Share
) -> list[tuple[Path, range]]:
    """The consumer's parts of shards: whole ones where there are enough, else slices of each."""
    order = np.random.default_rng([seed, epoch]).permutation(len(counts))
    paths = list(counts)
    if len(paths) >= share.of:
        return [
            (paths[shard], range(counts[paths[shard]])) for shard in order[share.number :: share.of]
        ]
    # Count through all shards, so that even those with one scene are divided.
    parts = []
    offset = 0
    for shard in order:
        path = paths[shard]
        first = (share.number - offset) % share.of
        parts.append((path, range(first, counts[path], share.of)))
        offset += counts[path]
    return [part for part in parts if len(part[1])]
