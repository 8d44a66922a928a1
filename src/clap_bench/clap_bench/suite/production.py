"""Makes many demonstrations: in parallel, to be interrupted and taken up again."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clap_bench.production import FileStatus, produce_files
from clap_bench.suite.demonstrations import (
    ATTEMPT_STEP,
    ATTEMPTS,
    ExpertFailedError,
    demonstrate,
    demonstration_seed,
)
from clap_bench.suite.scoring.suites import choose, find_suite
from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import DamagedFileError
from clap_data.episodes import SUFFIX, EpisodeFile, write_episode


@dataclass(frozen=True)
class EpisodeOrder:
    """One demonstration to make.

    Attributes:
        suite: name of the suite.
        split: such as ``train``.
        variation: name of the task's variation.
        number: the collection's seed plus the index in it; names the file.
        folder: the collection's.
    """

    suite: str
    split: str
    variation: str
    number: int
    folder: Path

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.folder / self.variation / f"{self.number:06d}{SUFFIX}"


@dataclass(frozen=True)
class EpisodeOutcome:
    """What became of it.

    Attributes:
        order: the order.
        status: what became of it.
        failures: why each attempt failed that did; the expert's reasons.
        seconds: of work.
    """

    order: EpisodeOrder
    status: FileStatus
    failures: tuple[str, ...]
    seconds: float


def orders(
    suite: str,
    split: str,
    variations: Sequence[str],
    episodes: int,
    seed: int,
    folder: Path,
) -> list[EpisodeOrder]:
    """A collection's orders, variation by variation in turns.

    Args:
        suite: name of the suite.
        split: such as ``train``.
        variations: which; all of the split if none is given.
        episodes: of each variation.
        seed: of the first; the following ones have the following numbers.
        folder: the collection's.

    Raises:
        ClapError: INVALID_REQUEST for an unknown suite, split or variation, a variation of
            another split, or numbers out of range.
    """
    chosen = choose(find_suite(suite), split, tuple(variations))
    if not 1 <= episodes <= ATTEMPT_STEP:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{episodes} episodes a variation cannot be made",
            f"Give 1 to {ATTEMPT_STEP}",
        )
    for variation in chosen:
        demonstration_seed(variation, seed, ATTEMPTS)
    return [
        EpisodeOrder(suite, split, variation, number, folder)
        for number in range(seed, seed + episodes)
        for variation in chosen
    ]


def produce(work: Sequence[EpisodeOrder], jobs: int) -> Generator[EpisodeOutcome, None, None]:
    """Carry out orders in processes of their own; yields outcomes as they come.

    A file that is there and whole is kept, a damaged one made again. What is made does not
    depend on `jobs`. Closing the iterator ends the processes after what they are at.

    Args:
        work: the orders.
        jobs: number of processes.

    Raises:
        ClapError: of the first order that cannot be carried out: a disk is full, a file is
            another's episode, a process was killed, the folder cannot be made.
    """
    yield from produce_files(work, jobs, _kept, carry_out)


def carry_out(order: EpisodeOrder) -> EpisodeOutcome:
    """Make one demonstration unless it is there.

    Raises:
        ClapError: INVALID_REQUEST if the file is another's episode, or cannot be written.
    """
    began = time.perf_counter()
    status = _look_at(order)
    failures: list[str] = []
    if status is not FileStatus.KEPT:
        task = find_suite(order.suite).task(order.variation)
        for attempt in range(ATTEMPTS):
            seed = demonstration_seed(order.variation, order.number, attempt)
            try:
                shown = demonstrate(task, seed, order.suite, order.variation, order.split)
            except ExpertFailedError as error:
                failures.append(f"seed {seed}: {error}")
                continue
            write_episode(order.path, shown.header, shown.looks)
            break
        else:
            status = FileStatus.FAILED
    return EpisodeOutcome(order, status, tuple(failures), time.perf_counter() - began)


def _kept(order: EpisodeOrder) -> EpisodeOutcome | None:
    """What becomes of a file that is there and whole; None for all others."""
    if _look_at(order) is not FileStatus.KEPT:
        return None
    return EpisodeOutcome(order, FileStatus.KEPT, (), 0.0)


def _look_at(order: EpisodeOrder) -> FileStatus:
    """KEPT if the file is there and whole, REMADE if it is damaged, MADE if it is not there."""
    if not order.path.exists():
        return FileStatus.MADE
    try:
        with EpisodeFile(order.path) as episode:
            episode.check()
            record = episode.record
    except DamagedFileError:
        return FileStatus.REMADE
    seeds = [
        demonstration_seed(order.variation, order.number, attempt) for attempt in range(ATTEMPTS)
    ]
    if (record.source, record.variation) != (order.suite, order.variation) or (
        record.seed not in seeds
    ):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{order.path} holds another episode ({record.source} {record.variation}, seed "
            f"{record.seed})",
            "Choose another folder, or move that file away",
        )
    return FileStatus.KEPT
