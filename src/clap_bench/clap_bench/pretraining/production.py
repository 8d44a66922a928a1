"""Makes a collection of scenes: in parallel, to be interrupted and taken up again."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clap_bench.pretraining.scenes import ARRANGEMENTS, SOURCE, Group, check_split, make_group
from clap_bench.production import FileStatus, produce_files
from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import DamagedFileError
from clap_data.scenes import SUFFIX, SceneShard, write_shard

SHARD_SCENES = 64
"""Scenes of a file: some 8 MB, made in less than a minute."""

MAX_SCENES = 10_000_000
MAX_SEED = 2**31


@dataclass(frozen=True)
class ShardOrder:
    """One shard to make.

    Attributes:
        split: one of `scenes.SPLITS`.
        seed: of the collection.
        shard: number of the file.
        count: scenes in it: `SHARD_SCENES`, or fewer in the last one.
        folder: the collection's.
    """

    split: str
    seed: int
    shard: int
    count: int
    folder: Path

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.folder / f"{self.split}-{self.seed}-{self.shard:06d}{SUFFIX}"

    @property
    def first(self) -> int:
        """Number of the first scene."""
        return self.shard * SHARD_SCENES


@dataclass(frozen=True)
class ShardOutcome:
    """What became of it.

    Attributes:
        order: the order.
        status: what became of it.
        size: of the file, bytes.
        seconds: of work.
    """

    order: ShardOrder
    status: FileStatus
    size: int
    seconds: float


def orders(split: str, scenes: int, seed: int, folder: Path) -> list[ShardOrder]:
    """A collection's orders.

    Args:
        split: one of `scenes.SPLITS`.
        scenes: how many.
        seed: of the collection; another seed gives other scenes.
        folder: to fill.

    Raises:
        ClapError: INVALID_REQUEST for an unknown split, or numbers out of range.
    """
    check_split(split)
    for name, value, low, high in (
        ("scenes", scenes, 1, MAX_SCENES),
        ("seed", seed, 0, MAX_SEED - 1),
    ):
        if not low <= value <= high:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{name} is {value}, out of range",
                f"Give {low} to {high}",
            )
    return [
        ShardOrder(split, seed, shard, min(SHARD_SCENES, scenes - shard * SHARD_SCENES), folder)
        for shard in range(-(-scenes // SHARD_SCENES))
    ]


def produce(work: Sequence[ShardOrder], jobs: int) -> Generator[ShardOutcome, None, None]:
    """Carry out orders in processes of their own; yields outcomes as they come.

    A file that is there and whole is kept; a damaged one, or one with fewer scenes, is made
    again. What is made does not depend on `jobs`. Closing the iterator ends the processes after
    what they are at.

    Args:
        work: the orders.
        jobs: number of processes.

    Raises:
        ClapError: of the first order that cannot be carried out: a disk is full, a file is
            another collection's, a process was killed, the folder cannot be made.
    """
    yield from produce_files(work, jobs, _kept, carry_out)


def carry_out(order: ShardOrder) -> ShardOutcome:
    """Make one shard unless it is there.

    Raises:
        ClapError: INVALID_REQUEST if the file is another's, or cannot be written; INTERNAL if
            this machine cannot render.
    """
    began = time.perf_counter()
    status = _look_at(order)
    if status is not FileStatus.KEPT:
        last = order.first + order.count
        groups = (
            Group(order.split, order.seed, first, min(ARRANGEMENTS, last - first))
            for first in range(order.first, last, ARRANGEMENTS)
        )
        write_shard(order.path, (scene for group in groups for scene in make_group(group)))
    return ShardOutcome(order, status, order.path.stat().st_size, time.perf_counter() - began)


def _kept(order: ShardOrder) -> ShardOutcome | None:
    """What becomes of a file that is there and whole; None for all others."""
    if _look_at(order) is not FileStatus.KEPT:
        return None
    return ShardOutcome(order, FileStatus.KEPT, order.path.stat().st_size, 0.0)


def _look_at(order: ShardOrder) -> FileStatus:
    """KEPT if the file is there and whole, REMADE if it is damaged or short, MADE if not there."""
    if not order.path.exists():
        return FileStatus.MADE
    try:
        with SceneShard(order.path) as shard:
            record = shard.record(0)
            if (record.source, record.split, record.number) != (SOURCE, order.split, order.first):
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"{order.path} holds other scenes ({record.source} {record.split}, from "
                    f"number {record.number} on)",
                    "Choose another folder, or move that file away",
                )
            if len(shard) < order.count:
                return FileStatus.REMADE
            shard.check()
    except DamagedFileError:
        return FileStatus.REMADE
    return FileStatus.KEPT
