"""Batches: whole, the same each time, each worker its own scenes."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from tabletop_scenes import SIZE_PX, fill, scene

from clap_core.camera import project
from clap_core.errors import ClapError
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data.augment import AugmentConfig, Augmenter
from clap_learning.data.loader import LoaderConfig, Process, SceneLoader, make_batch

ENCODER = EncoderConfig(
    name="test", points=256, patches=16, patch_points=16, width=32, depth=1, heads=2
)
INLINE = LoaderConfig(batch=4, workers=0, buffer=4)


def take(loader: SceneLoader, count: int) -> list[TrainingBatch]:
    return list(islice(loader.batches(), count))


def test_a_batch_is_whole(tmp_path: Path) -> None:
    loader = SceneLoader(fill(tmp_path, [6, 4]), ENCODER, INLINE)
    assert loader.scenes == 10
    batch = take(loader, 1)[0]
    views = INLINE.augment.views_max
    assert batch.patches.centers.shape == (4, 16, 3)
    assert batch.patches.points.shape == (4, 16, 16, 6)
    assert batch.images.shape == (4, views, 3, SIZE_PX, SIZE_PX)
    assert batch.images.dtype == torch.float32 and 0.3 < float(batch.images.max()) <= 1.0
    assert batch.view_mask.any(dim=1).all()
    assert not batch.view_mask[:, 3].any()  # the scenes have three views
    for tensor in (batch.depth_m, batch.intrinsics, batch.base_T_camera, batch.images):
        assert torch.isfinite(tensor).all()
    assert all(caption.startswith("scene ") for caption in batch.captions)


def test_patches_project_to_where_the_views_show_them() -> None:
    augmenter = Augmenter(AugmentConfig(depth_noise=False, calibration_m=0.0, calibration_rad=0.0))
    rng = np.random.default_rng(0)
    batch = make_batch([augmenter.sample(scene(0), rng) for _ in range(3)], ENCODER, 4, rng)
    agreed = []
    for b, v in batch.view_mask.nonzero().tolist():
        camera = scene(0).record.views[0].camera.intrinsics
        np.testing.assert_allclose(batch.intrinsics[b, v].numpy(), camera.matrix, rtol=1e-6)
        pixels, depth_m, inside = project(
            batch.patches.centers[b].numpy(), camera, batch.base_T_camera[b, v].double().numpy()
        )
        columns, rows = np.rint(pixels[inside]).astype(int).T
        seen = batch.depth_m[b, v].numpy()[rows, columns]
        agreed.append((np.abs(seen - depth_m[inside]) < 0.02).mean())
    assert np.mean(agreed) > 0.6  # the others are hidden from that view


def test_the_same_seed_gives_the_same_batches(tmp_path: Path) -> None:
    folder = fill(tmp_path, [6, 4])
    first, again, other, later = (
        take(SceneLoader(folder, ENCODER, INLINE, seed=seed, start=start), 3)
        for seed, start in ((3, 0), (3, 0), (4, 0), (3, 1))
    )
    for a, b in zip(first, again, strict=True):
        assert a.captions == b.captions
        assert torch.equal(a.patches.points, b.patches.points)
        assert torch.equal(a.images, b.images)
    assert first[0].captions != other[0].captions
    assert first[0].captions != later[0].captions


def test_processes_have_scenes_of_their_own(tmp_path: Path) -> None:
    folder = fill(tmp_path, [6, 6])
    seen = [
        {
            caption
            for batch in take(SceneLoader(folder, ENCODER, INLINE, process=Process(rank, 2)), 6)
            for caption in batch.captions
        }
        for rank in range(2)
    ]
    assert all(seen) and len(seen[0] | seen[1]) == 12
    # Which file goes to whom changes from epoch to epoch; within the first, nothing is shared.
    first = [
        [
            caption
            for batch in take(
                SceneLoader(
                    folder, ENCODER, INLINE.model_copy(update={"batch": 6}),
                    process=Process(rank, 2),
                ),
                1,
            )
            for caption in batch.captions
        ]
        for rank in range(2)
    ]  # fmt: skip
    assert not set(first[0]) & set(first[1])


def test_workers_share_the_scenes_and_waiting_is_measured(tmp_path: Path) -> None:
    config = LoaderConfig(batch=2, workers=2, buffer=4, prefetch=2)
    loader = SceneLoader(fill(tmp_path, [4, 4]), ENCODER, config)
    batches = take(loader, 4)
    counts = Counter(caption for batch in batches for caption in batch.captions)
    assert len(counts) == 8 and set(counts.values()) == {1}
    assert 0.0 <= loader.waiting_share <= 1.0
    assert loader.waited_s > 0.0


def test_a_workers_error_is_named_here(tmp_path: Path) -> None:
    folder = fill(tmp_path, [4, 4])
    loader = SceneLoader(folder, ENCODER, LoaderConfig(batch=2, workers=1))
    path = folder / "s1.scenes"
    content = bytearray(path.read_bytes())
    content[3000:3060] = b"\0" * 60
    path.write_bytes(content)
    with pytest.raises(ClapError, match=r"s1\.scenes is damaged"):
        take(loader, 20)


def test_too_few_scenes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="3 scenes cannot be divided among 4"):
        SceneLoader(fill(tmp_path, [3]), ENCODER, INLINE, process=Process(0, 4))
