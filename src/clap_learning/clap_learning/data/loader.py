"""Batches for pre-training, made by worker processes while the model computes."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, Field
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data.augment import Augmenter, CroppedScene, SceneAugmentConfig
from clap_learning.data.batching import make_batch, ready, with_features, with_images
from clap_learning.data.scene_stream import (
    DEFAULT_BUFFER,
    SceneKey,
    SceneReader,
    SceneShards,
    Share,
)
from clap_learning.data.teacher_cache import TeacherCache


class LoaderConfig(BaseModel, frozen=True, extra="forbid"):
    """How batches are made."""

    batch: int = Field(32, description="Scenes of a batch, of each process.", ge=1, le=4096)
    workers: int = Field(
        2, description="Processes that prepare batches; 0 prepares them in line.", ge=0, le=256
    )
    prefetch: int = Field(4, description="Batches that each worker has ready.", ge=1, le=64)
    buffer: int = Field(
        DEFAULT_BUFFER, description="Scenes among which a worker shuffles.", ge=1, le=65536
    )
    limit: int | None = Field(None, description="Only so many scenes; all if left out.", ge=1)
    augment: SceneAugmentConfig = Field(
        SceneAugmentConfig(),
        description="What is drawn for a sample; views_max = 1 trains with single views.",
    )
    tolerance_m: float = Field(
        0.02,
        description="How far behind the measured depth a patch still counts as seen, m.",
        ge=0.0,
    )


@dataclass(frozen=True)
class Process:
    """Which of the training's processes this one is."""

    rank: int = 0
    world_size: int = 1


class _Batches(IterableDataset[TrainingBatch | ClapError]):
    """Whole batches, so that no worker's scenes travel one by one."""

    def __init__(
        self,
        shards: SceneShards,
        encoder: EncoderConfig,
        config: LoaderConfig,
        seed: int,
        start: int,
        process: Process,
        cache: TeacherCache | None,
    ) -> None:
        self._shards = shards
        self._encoder = encoder
        self._config = config
        self._seed = seed
        self._start = start
        self._process = process
        self._cache = cache
        self._reader = SceneReader()

    def __iter__(self) -> Iterator[TrainingBatch | ClapError]:
        try:
            yield from self._batches()
        except ClapError as error:
            yield error

    def _batches(self) -> Iterator[TrainingBatch]:
        worker = get_worker_info()
        number, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        if worker is not None:
            torch.set_num_threads(1)
        # Batches are taken from the workers in turn: the first one is now that of the worker
        # whose turn it was.
        number = (number + self._start) % workers
        had = len(range(number, self._start, workers))
        share = Share(self._process.rank * workers + number, self._process.world_size * workers)
        keys = self._shards.forever(self._seed, share, self._config.buffer)
        augmenter = Augmenter(self._config.augment, least_points=2 * self._encoder.patch_points)
        size = self._config.batch
        next(itertools.islice(keys, had * size, had * size), None)
        for batch in itertools.count(had):
            rng = np.random.default_rng([self._seed, share.number, share.of, batch])
            yield self._batch(list(itertools.islice(keys, size)), augmenter, rng)

    def _batch(
        self, keys: list[SceneKey], augmenter: Augmenter, rng: np.random.Generator
    ) -> TrainingBatch:
        keys, samples = self._samples(keys, augmenter, rng)
        config = self._config
        batch = make_batch(
            samples, self._encoder, config.augment.views_max, config.tolerance_m, rng
        )
        if self._cache is None:
            return with_images(batch, samples)
        return with_features(batch, samples, keys, self._cache)

    def _samples(
        self, keys: list[SceneKey], augmenter: Augmenter, rng: np.random.Generator
    ) -> tuple[list[SceneKey], list[CroppedScene]]:
        """A sample of each scene; in the place of one that has none, a second one of another."""
        scenes = [self._reader.scene(key) for key in keys]
        found: list[tuple[int, CroppedScene]] = []
        for number, scene in enumerate(scenes):
            try:
                found.append((number, augmenter.sample(scene, rng)))
            except ClapError as error:
                empty = _raise_unless_empty(error)
        if not found:
            raise empty
        usable = len(found)
        while len(found) < len(scenes):
            number, sample = found[rng.integers(usable)]
            try:
                found.append((number, augmenter.sample(scenes[number], rng)))
            except ClapError as error:  # This time it has none: the same again.
                _raise_unless_empty(error)
                found.append((number, sample))
        return [keys[number] for number, _ in found], [sample for _, sample in found]


def _raise_unless_empty(error: ClapError) -> ClapError:
    """The error, if it says that a scene has no usable crop; others are raised."""
    if error.code is not ErrorCode.CLOUD_EMPTY:
        raise error
    return error


class SceneLoader:
    """Endless batches of a folder of scenes, and how much of the time one waited for them.

    The same folder, seed and number of workers and processes give the same batches, and taken up
    again after some of them the loader goes on with the very next one.

    Args:
        folder: with shards.
        encoder: sizes of the patches.
        config: how batches are made.
        seed: of order and augmentation.
        start: batches that each process has had already.
        process: this process among those that train together.
        cache: the folder of teachers' features that `make_cache` returned; without it the batches
            have images for a teacher to look at.

    Attributes:
        scenes: how many there are, of all processes.
        waited_s: time spent waiting in `batches`, the first batch left out.
        busy_s: time spent by who takes the batches.

    Raises:
        ClapError: INVALID_REQUEST if there are no scenes, a file cannot be read, or there are
            fewer scenes than workers; or if a file of the cache is missing, damaged, or of other
            scenes.
    """

    def __init__(
        self,
        folder: Path,
        encoder: EncoderConfig,
        config: LoaderConfig | None = None,
        seed: int = 0,
        start: int = 0,
        process: Process | None = None,
        cache: Path | None = None,
    ) -> None:
        self.config = config or LoaderConfig()
        process = process or Process()
        shards = SceneShards(folder, self.config.limit)
        self.scenes = len(shards)
        consumers = process.world_size * max(1, self.config.workers)
        if self.scenes < consumers:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{self.scenes} scenes cannot be divided among {consumers} workers",
                "Use fewer workers, or make more scenes",
            )
        features = None if cache is None else TeacherCache(cache, folder, shards.counts)
        self._dataset = _Batches(shards, encoder, self.config, seed, start, process, features)
        self.waited_s = 0.0
        self.busy_s = 0.0

    @property
    def waiting_share(self) -> float:
        """Share of the time that was spent waiting for data, 0 to 1."""
        total = self.waited_s + self.busy_s
        return self.waited_s / total if total > 0.0 else 0.0

    def batches(self, device: torch.device | str = "cpu") -> Generator[TrainingBatch, None, None]:
        """Batches without end, on a device; errors of the workers are raised here."""
        pinned = torch.device(device).type == "cuda"
        workers = self.config.workers
        loader = DataLoader(
            self._dataset,
            batch_size=None,
            num_workers=workers,
            prefetch_factor=self.config.prefetch if workers else None,
            multiprocessing_context=_worker_context() if workers else None,
            # Its own: otherwise it draws from the generator of who trains.
            generator=torch.Generator(),
        )
        source = iter(loader)
        is_first = True
        while True:
            began = time.perf_counter()
            batch = next(source)
            if isinstance(batch, ClapError):
                raise batch
            if pinned:  # In memory from which a GPU copies while the CPU goes on.
                batch = batch.each(Tensor.pin_memory)
            batch = ready(batch.to(device))
            got = time.perf_counter()
            if not is_first:
                self.waited_s += got - began
            yield batch
            if not is_first:
                self.busy_s += time.perf_counter() - got
            is_first = False


def _worker_context() -> BaseContext:
    """Processes that share nothing with this one, whose threads and GPU do not survive a fork;
    what they import is imported once for all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
