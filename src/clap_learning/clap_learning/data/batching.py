"""From samples to a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from clap_core.camera import CameraView
from clap_core.camera.projection import depth_in_metres
from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.patch_batch import collate
from clap_learning.clar.patches import make_patches
from clap_learning.clar.projection import project, seen
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data.augment import CroppedScene
from clap_learning.data.scene_stream import SceneKey
from clap_learning.data.teacher_cache import TeacherCache
from clap_learning.teachers.teacher import ViewFeatures


def make_batch(
    samples: list[CroppedScene],
    encoder: EncoderConfig,
    views: int,
    tolerance_m: float,
    rng: np.random.Generator,
) -> TrainingBatch:
    """A batch of samples whose pictures have one size, without what a teacher says or looks at.

    Args:
        samples: as drawn.
        encoder: sizes of the patches.
        views: V; samples with fewer are filled up.
        tolerance_m: see `clar.projection.seen`.
        rng: draws the points of the patches.

    Raises:
        ClapError: INVALID_REQUEST if the pictures have several sizes.
    """
    patches = collate([make_patches(sample.xyz, sample.rgb, encoder, rng) for sample in samples])
    first = samples[0].views[0].intrinsics
    size = (first.height, first.width)
    shape = (len(samples), views)
    pixels = torch.zeros(*shape, encoder.patches, 2)
    depth_m = torch.zeros(*shape, encoder.patches)
    visible = torch.zeros(*shape, encoder.patches, dtype=torch.bool)
    poses = torch.eye(4).expand(*shape, 4, 4).clone()
    mask = torch.zeros(shape, dtype=torch.bool)
    for b, sample in enumerate(samples):
        for v, view in enumerate(sample.views[:views]):
            _check_size(view, size)
            poses[b, v] = torch.from_numpy(view.base_T_camera)
            mask[b, v] = True
            pixels[b, v], depth_m[b, v], visible[b, v] = _places(
                patches.centers[b], view, poses[b, v], tolerance_m
            )
    captions = [sample.record.caption for sample in samples]
    return TrainingBatch(patches, pixels, depth_m, visible, poses, mask, captions, size)


def with_images(batch: TrainingBatch, samples: list[CroppedScene]) -> TrainingBatch:
    """With the views' pictures; still bytes, which travel between processes in a quarter of the
    time. See `ready`."""
    images = torch.zeros(*batch.view_mask.shape, 3, *batch.image_size, dtype=torch.uint8)
    for b, sample in enumerate(samples):
        for v, view in enumerate(sample.views[: images.shape[1]]):
            images[b, v] = torch.from_numpy(view.rgb).permute(2, 0, 1)
    return replace(batch, images=images)


def with_features(
    batch: TrainingBatch,
    samples: list[CroppedScene],
    keys: list[SceneKey],
    cache: TeacherCache,
) -> TrainingBatch:
    """With what teachers say of the views and captions; still of 16 bits. See `ready`."""
    scenes, views = batch.view_mask.shape
    maps = torch.zeros(scenes, views, *cache.cells, dtype=torch.float16)
    pooled = torch.zeros(scenes, views, cache.pooled_dim, dtype=torch.float16)
    text = torch.zeros(scenes, cache.text_dim, dtype=torch.float16)
    for b, (sample, key) in enumerate(zip(samples, keys, strict=True)):
        numbers = sample.numbers[:views]
        found, whole = cache.views(key, numbers)
        maps[b, : len(numbers)] = torch.from_numpy(found)
        pooled[b, : len(numbers)] = torch.from_numpy(whole)
        caption = cache.text(key)
        if caption is not None:
            text[b] = torch.from_numpy(caption)
    return replace(batch, views=ViewFeatures(maps, pooled), text=text if cache.text_dim else None)


def ready(batch: TrainingBatch) -> TrainingBatch:
    """Everything in 32 bits, and pictures from 0 to 1."""

    def widened(tensor: Tensor) -> Tensor:
        if tensor.dtype == torch.uint8:
            return tensor.float().div_(255.0)
        return tensor.float() if tensor.dtype == torch.float16 else tensor

    return batch.each(widened)


def _places(
    centers: Tensor, view: CameraView, base_T_camera: Tensor, tolerance_m: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Where a view has points [G, 3]: pixels [G, 2], distances [G] in m, whether seen [G]."""
    intrinsics = torch.from_numpy(view.intrinsics.matrix).float()
    pixels, depth_m = project(centers[None], intrinsics[None, None], base_T_camera[None, None])
    measured = torch.from_numpy(depth_in_metres(view.depth))[None, None]
    there = torch.ones(1, 1, dtype=torch.bool)
    visible = seen(pixels, depth_m, measured, there, tolerance_m)
    return pixels[0, 0], depth_m[0, 0], visible[0, 0]


def _check_size(view: CameraView, size: tuple[int, int]) -> None:
    if view.rgb.shape[:2] != size:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the scenes' pictures have several sizes: {view.rgb.shape[:2]} and {size}",
            "Put scenes of one size into a folder",
        )
