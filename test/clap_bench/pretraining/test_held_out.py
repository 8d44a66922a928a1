"""Training and probe share no object, no camera and no seed."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from clap_bench.gembench import levels, suite
from clap_bench.gembench.objects.shapes import Cube, Duck, Moon, Star
from clap_bench.pretraining import viewpoints
from clap_bench.pretraining.composition import compose
from clap_bench.pretraining.held_out import PROBE, SPLITS, TRAIN, is_held_out, kind, variations
from clap_bench.pretraining.scenes import SEED_START, SEEDS, placement_seed
from clap_bench.pretraining.viewpoints import Viewpoint, is_train, random_viewpoint, turned_rig
from clap_bench.suite.seeds import BLOCK, train_seed


def models(split: str, count: int = 60) -> list[object]:
    found = []
    for seed in range(count):
        scene = compose(split, np.random.default_rng(seed)).scene
        found += [item.model for item in scene.items]
    return found


def test_train_is_made_of_training_tasks_only() -> None:
    assert set(variations(TRAIN)) <= set(suite.variations(suite.TRAIN))
    assert not set(variations(TRAIN)) & set(variations(PROBE))
    assert len(variations(TRAIN)) >= 29


def test_no_object_is_in_both() -> None:
    seen = {split: {(kind(model), model.colour) for model in models(split)} for split in SPLITS}
    assert len(seen[TRAIN]) > 20 and len(seen[PROBE]) > 20
    assert not seen[TRAIN] & seen[PROBE]
    assert not any(is_held_out(model) for model in models(TRAIN))
    assert all(is_held_out(model) for model in models(PROBE))


def test_no_training_scene_shows_what_only_tests_ask_for() -> None:
    said = {level: " ; ".join(table.values()) for level, table in levels.PUBLISHED.items()}
    asked = " ; ".join(said[level] for level in ("L2", "L3", "L4"))
    for model in models(TRAIN):
        for phrase in (model.nouns[0], f"{model.colour} {model.nouns[0]}"):
            word = rf"\b{re.escape(phrase)}s?\b"
            assert not re.search(word, asked) or re.search(word, said["L1"]), phrase


@pytest.mark.parametrize(
    ("variation", "is_out"),
    [("open_drawer+0", False), ("open_drawer2+0", True), ("close_fridge+0", False),
     ("close_fridge2+0", True), ("close_microwave2+0", True), ("toilet_seat_up+0", True),
     ("close_grill+0", True), ("open_microwave+0", False)],
)  # fmt: skip
def test_other_fixtures_are_held_out(variation: str, is_out: bool) -> None:
    items = suite.task(variation).scene(np.random.default_rng(0)).items
    assert [is_held_out(item.model) for item in items] == [is_out] * len(items)


def test_novel_shapes_and_novel_colours_are_held_out() -> None:
    assert all(is_held_out(shape("red")) for shape in (Star, Moon, Duck))
    assert not is_held_out(Cube("lime"))
    assert is_held_out(Cube("teal"))  # L2: pick up the teal block


def test_cameras_are_apart_by_margins() -> None:
    rng = np.random.default_rng(0)
    train = [random_viewpoint(TRAIN, rng) for _ in range(300)]
    probe = [random_viewpoint(PROBE, rng) for _ in range(300)]
    assert all(map(is_train, train))
    assert not any(map(is_train, probe))
    for mine, other in product(train[:150], probe[:150]):
        assert (
            abs(mine.azimuth_deg - other.azimuth_deg) > 4.9
            or abs(mine.elevation_deg - other.elevation_deg) > 4.9
        )


def test_seeds_are_apart() -> None:
    rng = np.random.default_rng(0)
    drawn = {split: [placement_seed(split, rng) for _ in range(200)] for split in SPLITS}
    assert max(drawn[TRAIN]) < SEED_START[PROBE] <= min(drawn[PROBE])
    assert max(drawn[PROBE]) < SEED_START[PROBE] + SEEDS
    largest = max(train_seed(name, BLOCK - 1) for name in suite.variations(suite.TRAIN))
    assert min(drawn[TRAIN]) > largest


def test_a_viewpoint_sees_its_target_in_the_middle() -> None:
    view = Viewpoint(70.0, 30.0, 0.9, (0.5, 0.1, 0.05), 6.0, 45.0)
    pose = view.base_T_camera()
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
    target = np.linalg.inv(pose) @ (*view.target_m, 1.0)
    np.testing.assert_allclose(target[:3], (0.0, 0.0, 0.9), atol=1e-12)
    assert pose[2, 1] < 0.0  # the picture's down is the world's
    assert pose[1, 3] > 0.1  # positive azimuth: the robot's left


def test_the_rig_turns_as_a_whole() -> None:
    start, turned = (
        [view.base_T_camera()[:3, 3] for view in turned_rig(angle)] for angle in (0.0, 30.0)
    )
    middle = np.array(viewpoints.RIG_TARGET_M)
    for before, after in zip(start, turned, strict=True):
        a, b = (before - middle)[:2], (after - middle)[:2]
        angle = np.degrees(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))
        assert angle == pytest.approx(30.0)
        assert before[2] == pytest.approx(after[2])
