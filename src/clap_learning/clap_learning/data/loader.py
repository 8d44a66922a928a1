"""Batches for pre-training, made by worker processes while the model computes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, Field
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.patches import collate, make_patches
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data.augment import AugmentConfig, Augmenter, CroppedScene
from clap_learning.data.scene_stream import DEFAULT_BUFFER, SceneShards, Share

Patches = tuple[np.ndarray, np.ndarray]

_EMPTY_IN_A_ROW = 200
"""Scenes without a usable crop, one after the other, after which something is wrong with them."""


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
    augment: AugmentConfig = Field(AugmentConfig(), description="What is drawn for a sample.")


@dataclass(frozen=True)
class Process:
    """Which of the training's processes this one is."""

    rank: int = 0
    world_size: int = 1


@dataclass(frozen=True)
class _Refusal:
    """A ClapError on its way between processes."""

    code: ErrorCode
    reason: str
    cure: str


class _Batches(IterableDataset[TrainingBatch | _Refusal]):
    """Whole batches, so that no worker's scenes travel one by one."""

    def __init__(
        self,
        shards: SceneShards,
        encoder: EncoderConfig,
        config: LoaderConfig,
        seed: int,
        start: int,
        process: Process,
    ) -> None:
        self._shards = shards
        self._encoder = encoder
        self._config = config
        self._seed = seed
        self._start = start
        self._process = process

    def __iter__(self) -> Iterator[TrainingBatch | _Refusal]:
        try:
            yield from self._batches()
        except ClapError as error:
            yield _Refusal(error.code, error.reason, error.cure)

    def _batches(self) -> Iterator[TrainingBatch]:
        worker = get_worker_info()
        number, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        if worker is not None:
            torch.set_num_threads(1)
        share = Share(self._process.rank * workers + number, self._process.world_size * workers)
        rng = np.random.default_rng([self._seed, self._start, share.number, share.of])
        augmenter = Augmenter(self._config.augment, least_points=2 * self._encoder.patch_points)
        samples: list[CroppedScene] = []
        empty = 0
        for scene in self._shards.forever(self._seed, share, self._start, self._config.buffer):
            try:
                samples.append(augmenter.sample(scene, rng))
                empty = 0
            except ClapError as error:
                empty += 1
                if error.code is not ErrorCode.CLOUD_EMPTY or empty > _EMPTY_IN_A_ROW:
                    raise
            if len(samples) == self._config.batch:
                yield make_batch(samples, self._encoder, self._config.augment.views_max, rng)
                samples = []


class SceneLoader:
    """Endless batches of a folder of scenes, and how much of the time one waited for them.

    The same folder, seed, start and number of workers and processes give the same batches.

    Args:
        folder: with shards.
        encoder: sizes of the patches.
        config: how batches are made.
        seed: of order and augmentation.
        start: epoch to begin with; to take training up again, begin with another one.
        process: this process among those that train together.

    Attributes:
        scenes: how many there are, of all processes.
        waited_s: time spent waiting in `batches`, the first batch left out.
        busy_s: time spent by who takes the batches.

    Raises:
        ClapError: INVALID_REQUEST if there are no scenes, a file cannot be read, or there are
            fewer scenes than workers.
    """

    def __init__(
        self,
        folder: Path,
        encoder: EncoderConfig,
        config: LoaderConfig | None = None,
        seed: int = 0,
        start: int = 0,
        process: Process | None = None,
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
        self._dataset = _Batches(shards, encoder, self.config, seed, start, process)
        self.waited_s = 0.0
        self.busy_s = 0.0

    @property
    def waiting_share(self) -> float:
        """Share of the time that was spent waiting for data, 0 to 1."""
        total = self.waited_s + self.busy_s
        return self.waited_s / total if total > 0.0 else 0.0

    def batches(self, device: torch.device | str = "cpu") -> Iterator[TrainingBatch]:
        """Batches without end, on a device; errors of the workers are raised here."""
        pinned = torch.device(device).type == "cuda"
        workers = self.config.workers
        loader = DataLoader(
            self._dataset,
            batch_size=None,
            num_workers=workers,
            prefetch_factor=self.config.prefetch if workers else None,
            multiprocessing_context=_worker_context() if workers else None,
        )
        source = iter(loader)
        is_first = True
        while True:
            began = time.perf_counter()
            batch = next(source)
            if isinstance(batch, _Refusal):
                raise ClapError(batch.code, batch.reason, batch.cure)
            batch = _ready(_pinned(batch) if pinned else batch, device)
            ready = time.perf_counter()
            if not is_first:
                self.waited_s += ready - began
            yield batch
            if not is_first:
                self.busy_s += time.perf_counter() - ready
            is_first = False


def _worker_context() -> BaseContext:
    """Processes that share nothing with this one, whose threads and GPU do not survive a fork;
    what they import is imported once for all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def make_batch(
    samples: list[CroppedScene], encoder: EncoderConfig, views: int, rng: np.random.Generator
) -> TrainingBatch:
    """A batch of samples whose pictures have one size; the pictures are still bytes, which
    travel between processes in a quarter of the time.

    Args:
        samples: as drawn.
        encoder: sizes of the patches.
        views: V; samples with fewer are filled up.
        rng: draws the points of the patches.

    Raises:
        ClapError: INVALID_REQUEST if the pictures have several sizes.
    """
    patches = [make_patches(sample.xyz, sample.rgb, encoder, rng) for sample in samples]
    first = samples[0].views[0].intrinsics
    shape = (len(samples), views)
    images = torch.zeros(*shape, 3, first.height, first.width, dtype=torch.uint8)
    depth = torch.zeros(*shape, first.height, first.width)
    intrinsics = torch.eye(3).expand(*shape, 3, 3).clone()
    poses = torch.eye(4).expand(*shape, 4, 4).clone()
    mask = torch.zeros(shape, dtype=torch.bool)
    for b, sample in enumerate(samples):
        for v, view in enumerate(sample.views[:views]):
            _check_size(view, first.height, first.width)
            images[b, v] = torch.from_numpy(view.rgb).permute(2, 0, 1)
            depth[b, v] = torch.from_numpy(np.asarray(view.depth, dtype=np.float32))
            intrinsics[b, v] = torch.from_numpy(view.intrinsics.matrix)
            poses[b, v] = torch.from_numpy(view.base_T_camera)
            mask[b, v] = True
    captions = [sample.record.caption for sample in samples]
    return TrainingBatch(collate(patches), images, depth, intrinsics, poses, mask, captions)


def _check_size(view: CameraView, height: int, width: int) -> None:
    if view.rgb.shape[:2] != (height, width):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the scenes' pictures have several sizes: {view.rgb.shape[:2]} and {(height, width)}",
            "Put scenes of one size into a folder",
        )


def _ready(batch: TrainingBatch, device: torch.device | str) -> TrainingBatch:
    """On the device, with pictures from 0 to 1."""
    batch = batch.to(device)
    return replace(batch, images=batch.images.float().div_(255.0))


def _pinned(batch: TrainingBatch) -> TrainingBatch:
    """In memory from which a GPU copies while the CPU goes on."""
    patches = type(batch.patches)(
        batch.patches.centers.pin_memory(), batch.patches.points.pin_memory()
    )
    return TrainingBatch(
        patches,
        batch.images.pin_memory(),
        batch.depth_m.pin_memory(),
        batch.intrinsics.pin_memory(),
        batch.base_T_camera.pin_memory(),
        batch.view_mask.pin_memory(),
        batch.captions,
    )
