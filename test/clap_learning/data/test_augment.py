"""What a sample shows of a scene whose geometry is known."""

from __future__ import annotations

import numpy as np
import pytest
from tabletop_scenes import scene

from clap_core.camera.projection import depth_in_metres
from clap_core.camera.tabletop import BALLS
from clap_core.errors import ClapError
from clap_data.scenes import PackedScene
from clap_learning.data.augment import PLAIN, Augmenter, CroppedScene, SceneAugmentConfig
from clap_learning.data.colours import jittered
from clap_learning.data.labelled import point_labels

SCENE = scene(0)
CENTRES = np.array([ball.centre for ball in BALLS])
RADII = np.array([ball.radius for ball in BALLS])


def samples(config: SceneAugmentConfig, count: int = 12) -> list[CroppedScene]:
    augmenter = Augmenter(config, least_points=64)
    return [augmenter.sample(SCENE, np.random.default_rng(seed)) for seed in range(count)]


def from_surfaces(xyz: np.ndarray) -> np.ndarray:
    """[N] distance to the table or to a ball."""
    balls = np.abs(np.linalg.norm(xyz[:, None] - CENTRES, axis=2) - RADII).min(axis=1)
    return np.minimum(np.abs(xyz[:, 2]), balls)


def test_the_crop_holds_the_point_of_interest_which_is_on_an_object() -> None:
    sizes = set()
    for sample in samples(SceneAugmentConfig()):
        low, high = sample.box_m
        assert (low < sample.point_m).all() and (sample.point_m < high).all()
        on_ball = np.abs(np.linalg.norm(sample.point_m - CENTRES, axis=1) - RADII).min()
        assert on_ball < 0.004
        edge = 0.5 * (high - low)[0]
        assert 0.10 - 1e-9 <= edge <= 0.35 + 1e-9
        assert (sample.xyz >= low - 0.005).all() and (sample.xyz <= high + 0.005).all()
        sizes.add(round(float(edge), 3))
    assert len(sizes) > 6


def test_without_noise_the_fused_cloud_lies_on_the_surfaces() -> None:
    """Views agree in the base frame: fused, they are still within 5 mm of what is there."""
    for sample in samples(PLAIN.model_copy(update={"views_min": 3})):
        assert len(sample.views) == 3
        off = from_surfaces(sample.xyz)
        assert np.quantile(off, 0.95) < 0.005
        assert np.median(off) < 0.0015


def test_noise_and_calibration_move_points_and_poses() -> None:
    quiet = SceneAugmentConfig(calibration_m=0.0, calibration_rad=0.0, depth_noise=False)
    off = {}
    for name, config in {
        "plain": quiet,
        "noise": quiet.model_copy(update={"depth_noise": True}),
        "calibration": quiet.model_copy(update={"calibration_m": 0.01}),
    }.items():
        off[name] = np.mean([from_surfaces(sample.xyz).mean() for sample in samples(config)])
    assert off["plain"] < 0.0015
    assert off["noise"] > 1.2 * off["plain"]
    assert off["calibration"] > 2.0 * off["plain"]


def test_calibration_errors_have_the_spread_that_was_asked_for() -> None:
    config = PLAIN.model_copy(
        update={"calibration_m": 0.01, "calibration_rad": 0.02, "views_min": 3}
    )
    true = {view.name: view.base_T_camera for view in SCENE.unpack().views}
    moved, turned = [], []
    for sample in samples(config, 60):
        for view in sample.views:
            error = np.linalg.inv(true[view.name]) @ view.base_T_camera
            moved.append(error[:3, 3])
            turned.append(error[[2, 0, 1], [1, 2, 0]])
    assert np.std(moved) == pytest.approx(0.01, rel=0.15)
    assert np.std(turned) == pytest.approx(0.02, rel=0.15)


def test_depth_has_a_stereo_cameras_noise_and_holes() -> None:
    sample = samples(SceneAugmentConfig(views_min=3, calibration_m=0.0, calibration_rad=0.0), 1)[0]
    for view, true in zip(sample.views, SCENE.unpack().views, strict=True):
        exact = true.depth / 1000.0
        noisy = depth_in_metres(view.depth)
        measured = (noisy > 0.0) & (exact > 0.6) & (exact < 1.6)
        disparity_error = 610.0 * 0.05 * (1.0 / noisy[measured] - 1.0 / exact[measured])
        # 0.08 px of noise and steps of 1/32 px, and millimetres.
        assert np.std(disparity_error) == pytest.approx(0.081, rel=0.1)
        assert np.abs(np.mean(disparity_error)) < 0.01
        near = (exact > 0.3) & (exact < 2.5)
        assert 0.002 < (noisy[near] == 0.0).mean() < 0.25


def test_recorded_depth_stays_as_it_is() -> None:
    record = SCENE.record.model_copy(update={"exact_depth": False})
    recorded = type(SCENE)(record, SCENE.images)
    sample = Augmenter(SceneAugmentConfig(views_min=3)).sample(recorded, np.random.default_rng(0))
    for view, true in zip(sample.views, SCENE.unpack().views, strict=True):
        np.testing.assert_array_equal(view.depth, true.depth)


def test_a_sample_knows_which_views_it_shows() -> None:
    names = [view.camera.name for view in SCENE.record.views]
    for sample in samples(PLAIN, 6):
        assert tuple(names[number] for number in sample.numbers) == tuple(
            view.name for view in sample.views
        )
        for number, labels in zip(sample.numbers, sample.labels, strict=True):
            np.testing.assert_array_equal(labels, SCENE.labels(number))


def test_only_labels_that_are_needed_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []

    def labels(scene: PackedScene, number: int) -> np.ndarray | None:
        decoded.append(number)
        return original(scene, number)

    original = PackedScene.labels
    monkeypatch.setattr(PackedScene, "labels", labels)
    sample = samples(SceneAugmentConfig(views_min=3), 1)[0]
    assert len(sample.views) == 3 and len(decoded) == 1


def test_subsets_of_views_and_points_are_random() -> None:
    chosen = {tuple(view.name for view in sample.views) for sample in samples(PLAIN, 40)}
    assert len({len(names) for names in chosen}) == 3 and len(chosen) >= 6
    config = PLAIN.model_copy(update={"dropout": 0.5})
    kept = [
        len(thin.xyz) / len(whole.xyz)
        for thin, whole in zip(samples(config), samples(PLAIN), strict=True)
    ]
    assert 0.45 < min(kept) < 0.8 and max(kept) <= 1.0


def test_the_same_state_gives_the_same_sample() -> None:
    first, second = (samples(SceneAugmentConfig(), 2) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.xyz, b.xyz)
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_array_equal(a.views[0].rgb, b.views[0].rgb)
    assert first[0].xyz.shape != first[1].xyz.shape


def test_without_labels_what_stands_on_the_table_is_of_interest() -> None:
    plain = scene(0, labelled=False)
    for seed in range(8):
        sample = Augmenter(PLAIN).sample(plain, np.random.default_rng(seed))
        assert np.linalg.norm(sample.point_m - CENTRES, axis=1).min() < RADII.max() + 0.005


def test_labels_of_points_are_those_of_their_objects() -> None:
    right = total = 0
    for sample in samples(PLAIN):
        labels = point_labels(sample)
        distance = np.abs(np.linalg.norm(sample.xyz[:, None] - CENTRES, axis=2) - RADII)
        clear = sample.xyz[:, 2] > 0.02
        right += (labels[clear] == 1 + distance[clear].argmin(axis=1)).sum()
        total += clear.sum()
        # Colours agree with labels, too.
        for k, ball in enumerate(BALLS):
            inner = clear & (labels == k + 1)
            if inner.sum() > 30:
                assert np.abs(np.median(sample.rgb[inner], axis=0) - ball.rgb).max() < 12
    assert total > 500 and right > 0.97 * total


def test_a_scene_that_shows_nothing_is_named() -> None:
    far = SceneAugmentConfig(crop_min_m=0.001, crop_max_m=0.002)
    with pytest.raises(ClapError, match="no crop of scene 0 of test"):
        Augmenter(far).sample(SCENE, np.random.default_rng(0))


def test_colours_change_within_their_strength() -> None:
    gray = np.full((8, 8, 3), 128, np.uint8)
    rng = np.random.default_rng(0)
    changed = np.array([jittered(gray, 0.2, rng)[0, 0] for _ in range(200)], dtype=float)
    assert changed.std(axis=0).min() > 5.0
    assert np.abs(changed - 128.0).max() < 128 * (0.1 + 0.3)
    assert jittered(gray, 0.0, rng) is gray
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    assert all((jittered(red, 0.2, rng)[..., 0] > 100).all() for _ in range(20))
