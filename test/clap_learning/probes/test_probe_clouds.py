"""Probe clouds of scenes whose geometry is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from probe_scenes import NOUNS, scene

from clap_core.camera.tabletop import BALLS
from clap_core.errors import ClapError
from clap_data.scenes import write_shard
from clap_learning.data.augment import PLAIN
from clap_learning.probes import collection
from clap_learning.probes.classes import CLASSES, NONE
from clap_learning.probes.clouds import ROTATIONS_DEG, CloudMaker, CloudsConfig, ProbeClouds
from clap_learning.probes.division import Division

CONFIG = CloudsConfig(crops=4, half_min_m=0.25, half_max_m=0.30, augment=PLAIN)
CENTRES = np.array([ball.centre for ball in BALLS])
RADII = np.array([ball.radius for ball in BALLS])


def own(nouns: tuple[str, ...] = NOUNS, number: int = 0) -> ProbeClouds:
    made = CloudMaker(CONFIG).of_own_cameras(scene(number, nouns))
    assert made is not None
    return made


def test_labels_are_those_of_the_things_that_the_points_lie_on() -> None:
    clouds = own()
    points = clouds.labelled_xyz[:, :, None] - CENTRES
    on_ball = np.abs(np.linalg.norm(points, axis=-1) - RADII) < 0.003
    for k, noun in enumerate(NOUNS):
        labels = clouds.labels[on_ball[..., k]]
        assert np.mean(labels == CLASSES.index(noun)) > 0.9
    table = clouds.labels[~on_ball.any(axis=-1)]
    assert np.mean(table == CLASSES.index("table")) > 0.9


def test_a_keypoint_is_the_middle_of_what_can_be_seen_of_a_thing() -> None:
    clouds = own()
    asked = clouds.target_class >= 0
    assert asked.sum() >= 4
    for number, place in zip(clouds.target_class[asked], clouds.target_m[asked], strict=True):
        ball = NOUNS.index(CLASSES[number])
        assert np.linalg.norm(place - CENTRES[ball]) < RADII[ball]
        assert np.linalg.norm((place - CENTRES[ball])[:2]) < 0.5 * RADII[ball]


def test_two_things_of_one_class_are_not_asked_for_and_foreign_ones_have_no_label() -> None:
    clouds = own(("block", "block", "anvil"))
    assert (clouds.target_class == -1).all()
    assert (clouds.labels == CLASSES.index("block")).any()
    assert (clouds.labels == NONE).any()


def test_the_same_scene_gives_the_same_clouds_and_another_number_others() -> None:
    assert (own().xyz == own().xyz).all()
    assert (own().xyz != own(number=1).xyz).any()


def test_turned_rigs_are_asked_for_the_same_in_the_same_box() -> None:
    made = CloudMaker(CONFIG).of_rig(scene(), ROTATIONS_DEG)
    assert len(made) == 2 * len(ROTATIONS_DEG)
    for family in (made[:4], made[4:]):
        for one in family[1:]:
            assert (one.target_class == family[0].target_class).all()
            assert (one.target_m == family[0].target_m).all()
    boxes = np.array([(one.xyz.min(axis=(0, 1)), one.xyz.max(axis=(0, 1))) for one in made[:4]])
    assert np.abs(boxes - boxes[0]).max() < 0.06
    # One camera sees less of a ball than three.
    spread = [len(np.unique(one.xyz[0], axis=0)) for one in (made[0], made[4])]
    assert spread[1] < spread[0]


def test_clouds_are_kept_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    write_shard(folder / "probe-0-000000.scenes", [scene(0), scene(1)])
    division = Division(frozenset({0}), frozenset(), frozenset({1}), frozenset({0}))
    told: list[int] = []
    clouds = collection.make(folder, division, CONFIG, lambda: told.append(1))
    assert len(told) == 2
    assert len(clouds[collection.OWN]) == 2 * CONFIG.crops
    assert clouds["three-0"].scene.tolist() == [0, 1]
    assert clouds["one-45"].scene.tolist() == [1]
    path = collection.cache_path(folder, tmp_path / "cache", CONFIG)
    collection.save(path, clouds)
    again = collection.load(path)
    assert sorted(again) == sorted(clouds)
    assert (again["one-15"].xyz == clouds["one-15"].xyz).all()
    other = CONFIG.model_copy(update={"seed": 1})
    assert collection.cache_path(folder, tmp_path / "cache", other) != path
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ClapError, match=path.name):
        collection.load(path)
