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
from clap_core.camera.projection import depth_in_metres
from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes import PackedScene
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.training_sample import TrainingBatch
from clap_learning.data.augment import Augmenter, CroppedScene, SceneAugmentConfig
from clap_learning.data.batching import make_batch
from clap_learning.data.loader import LoaderConfig, Process, SceneLoader

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
    assert batch.images is not None
    assert batch.images.shape == (4, views, 3, SIZE_PX, SIZE_PX)
    assert batch.images.dtype == torch.float32 and 0.3 < float(batch.images.max()) <= 1.0
    assert batch.view_mask.any(dim=1).all()
    assert not batch.view_mask[:, 3].any()  # the scenes have three views
    assert batch.pixels.shape == (4, views, 16, 2) and batch.image_size == (SIZE_PX, SIZE_PX)
    for tensor in (batch.depth_m, batch.pixels, batch.base_T_camera, batch.images):
        assert torch.isfinite(tensor).all()
    assert batch.views is None and batch.text is None
    assert all(caption.startswith("scene ") for caption in batch.captions)


def test_patches_project_to_where_the_views_show_them() -> None:
    config = SceneAugmentConfig(depth_noise=False, calibration_m=0.0, calibration_rad=0.0)
    rng = np.random.default_rng(0)
    samples = [Augmenter(config).sample(scene(0), rng) for _ in range(3)]
    batch = make_batch(samples, ENCODER, 4, 0.01, rng)
    shares = []
    for b, v in batch.view_mask.nonzero().tolist():
        view = samples[b].views[v]
        pixels, depth_m, inside = project(
            batch.patches.centers[b].numpy(), view.intrinsics, view.base_T_camera
        )
        np.testing.assert_allclose(batch.pixels[b, v][inside], pixels[inside], atol=2e-3)
        np.testing.assert_allclose(batch.depth_m[b, v], depth_m, atol=1e-5)
        columns, rows = np.rint(pixels[inside]).astype(int).T
        measured = depth_in_metres(view.depth)[rows, columns]
        expected = (measured > 0.0) & (depth_m[inside] <= measured + 0.01)
        found = batch.seen[b, v].numpy()
        assert not found[~inside].any()
        assert (found[inside] == expected).mean() > 0.95  # pixels that are rounded otherwise
        shares.append(found.mean())
    assert 0.5 < np.mean(shares) < 1.0  # the others are hidden from that view
    assert not batch.seen[~batch.view_mask].any()


def assert_equal(first: list[TrainingBatch], second: list[TrainingBatch]) -> None:
    for a, b in zip(first, second, strict=True):
        assert a.captions == b.captions
        assert torch.equal(a.patches.points, b.patches.points)
        assert torch.equal(a.base_T_camera, b.base_T_camera)
        assert a.images is not None and b.images is not None and torch.equal(a.images, b.images)


def test_the_same_seed_gives_the_same_batches(tmp_path: Path) -> None:
    folder = fill(tmp_path, [6, 4])
    first, again, other = (
        take(SceneLoader(folder, ENCODER, INLINE, seed=seed), 3) for seed in (3, 3, 4)
    )
    assert_equal(first, again)
    assert first[0].captions != other[0].captions
    # Each pass over the scenes draws them again.
    assert not torch.equal(first[0].patches.points, first[1].patches.points)


@pytest.mark.parametrize("had", [1, 4])
def test_taken_up_again_it_goes_on_with_the_very_next_batch(tmp_path: Path, had: int) -> None:
    """Beyond the first epoch (10 scenes), too."""
    folder = fill(tmp_path, [6, 4])
    whole = take(SceneLoader(folder, ENCODER, INLINE, seed=3), had + 2)
    rest = take(SceneLoader(folder, ENCODER, INLINE, seed=3, start=had), 2)
    assert_equal(whole[had:], rest)


def test_workers_go_on_where_each_of_them_was(tmp_path: Path) -> None:
    """After three batches of two workers it is the second one's turn."""
    folder = fill(tmp_path, [4, 4])
    config = LoaderConfig(batch=2, workers=2, buffer=4, prefetch=1)
    whole = take(SceneLoader(folder, ENCODER, config), 6)
    assert_equal(whole[3:], take(SceneLoader(folder, ENCODER, config, start=3), 3))


def test_a_scene_without_a_crop_is_replaced_by_another_of_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sample(augmenter: Augmenter, packed: PackedScene, rng: object) -> CroppedScene:
        if packed.record.number in (1, 2):
            raise ClapError(ErrorCode.CLOUD_EMPTY, f"scene {packed.record.number}", "")
        return original(augmenter, packed, rng)

    original = Augmenter.sample
    monkeypatch.setattr(Augmenter, "sample", sample)
    config = LoaderConfig(batch=5, workers=0, buffer=1)
    first, second = take(SceneLoader(fill(tmp_path, [5]), ENCODER, config), 2)
    for batch in (first, second):  # five scenes are one batch, whatever is in it
        kept = ["scene 0", "scene 3", "scene 4"]
        assert sorted(batch.captions[:3]) == kept and set(batch.captions[3:]) <= set(kept)
    # The same scene again is another sample of it.
    again = first.captions.index(first.captions[3])
    assert not torch.equal(first.base_T_camera[3], first.base_T_camera[again])


def test_nothing_but_scenes_without_a_crop_is_named(tmp_path: Path) -> None:
    config = INLINE.model_copy(
        update={"augment": SceneAugmentConfig(crop_min_m=0.001, crop_max_m=0.002)}
    )
    with pytest.raises(ClapError, match="no crop of scene"):
        take(SceneLoader(fill(tmp_path, [4]), ENCODER, config), 1)


def test_single_views_are_a_matter_of_configuration(tmp_path: Path) -> None:
    config = INLINE.model_copy(update={"augment": SceneAugmentConfig(views_max=1)})
    batch = take(SceneLoader(fill(tmp_path, [4]), ENCODER, config), 1)[0]
    assert batch.view_mask.shape == (4, 1) and batch.view_mask.all()


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
