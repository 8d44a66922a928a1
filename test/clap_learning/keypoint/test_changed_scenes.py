"""Changed scenes keep their answer."""

from dataclasses import replace

import numpy as np
import pytest
from ball_scenes import balls, grasp

from clap_core.task_types import Action, Relation, SubTask
from clap_learning.keypoint.augment import KeypointAugmentConfig, change
from clap_learning.keypoint.inputs import QueriedCloud, point_channels
from clap_learning.keypoint.query import query_of
from clap_learning.keypoint.tokens import PATCH, TOKENS, Patches, patches_of

GRASP = grasp("red")
PLACE = np.array([0.5, 0.1, 0.0])
QUIET = KeypointAugmentConfig(
    noise_m=0.0, light=0.0, drop=0.0, recolour=0.0, absent_colour=0.0, stretch=0.0, raise_m=0.0
)


def look(subtask: SubTask = GRASP) -> QueriedCloud:
    cloud = balls({"red": (0.5, 0.1), "blue": (0.4, -0.2)})
    return QueriedCloud(patches_of(cloud), query_of(subtask), np.array([0.4, 0.0, 0.4]), 0.08)


def redness(given: QueriedCloud) -> np.ndarray:
    """Where the points of the named colour are, on average."""
    (colour,) = given.query.object_colours
    near = np.linalg.norm(given.patches.lab - colour, axis=-1) < 30.0
    return np.asarray(given.patches.xyz[near].mean(axis=0))


@pytest.mark.parametrize("seed", range(8))
def test_the_answer_moves_with_the_thing(seed: int) -> None:
    changed = change(look(), PLACE, QUIET, np.random.default_rng(seed))
    assert changed.keypoint_m is not None
    assert np.linalg.norm(redness(changed.look)[:2] - changed.keypoint_m[:2]) < 0.015


def test_a_recoloured_thing_is_called_by_its_new_colour() -> None:
    config = QUIET.model_copy(update={"recolour": 1.0})
    before = look()
    for seed in range(5):
        changed = change(before, PLACE, config, np.random.default_rng(seed))
        assert changed.look.query.object_colours != before.query.object_colours
        assert changed.keypoint_m is not None
        assert np.linalg.norm(redness(changed.look)[:2] - changed.keypoint_m[:2]) < 0.02


def test_a_colour_that_nothing_has_is_not_there() -> None:
    config = QUIET.model_copy(update={"absent_colour": 1.0})
    changed = change(look(), PLACE, config, np.random.default_rng(0))
    assert changed.keypoint_m is None
    (colour,) = changed.look.query.object_colours
    assert (np.linalg.norm(changed.look.patches.lab - colour, axis=-1) < 25.0).mean() < 0.01


def test_left_stays_left() -> None:
    subtask = SubTask(Action.MOVE, "...", "red ball", "", Relation.LEFT_OF, "blue ball")
    shifted = KeypointAugmentConfig(
        **QUIET.model_dump(exclude={"shift_m"}),
        shift_m=0.0,  # nothing but turns and mirrors
    )
    for seed in range(8):
        changed = change(look(subtask), PLACE, shifted, np.random.default_rng(seed))
        assert changed.keypoint_m == pytest.approx(PLACE)


def test_the_table_goes_along() -> None:
    config = QUIET.model_copy(update={"raise_m": 0.03})
    changed = change(look(), PLACE, config, np.random.default_rng(3))
    assert changed.keypoint_m is not None
    assert changed.look.patches.table_m == pytest.approx(changed.keypoint_m[2], abs=2e-3)
    assert abs(changed.look.patches.table_m) > 1e-3


def slope() -> Patches:
    """Points of a plane that rises by one in two along x."""
    rng = np.random.default_rng(0)
    flat = rng.uniform((0.4, -0.1), (0.6, 0.1), (TOKENS, PATCH, 2))
    xyz = np.concatenate([flat, 0.5 * flat[..., :1] - 0.1], axis=-1).astype(np.float32)
    normal = np.array([-0.5, 0.0, 1.0]) / np.hypot(0.5, 1.0)
    shape = xyz.shape
    return Patches(
        xyz.mean(axis=1),
        xyz,
        np.full(shape, 50.0, np.float32),
        np.broadcast_to(normal, shape).astype(np.float32),
        np.zeros(shape[:2], np.float32),
        0.0,
    )


def test_normals_stay_square_to_what_is_turned_and_stretched() -> None:
    before = QueriedCloud(slope(), query_of(GRASP), np.array([0.4, 0.0, 0.4]), 0.08)
    config = QUIET.model_copy(update={"normal_noise": 0.0, "stretch": 0.4, "turn_deg": 90.0})
    for seed in range(6):
        patches = change(before, PLACE, config, np.random.default_rng(seed)).look.patches
        points = patches.xyz.reshape(-1, 3).astype(np.float64)
        plane = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][2]
        assert np.abs(patches.normals.reshape(-1, 3) @ plane).min() > 0.999


def test_a_normal_and_its_opposite_are_the_same() -> None:
    patches = look().patches
    query = query_of(GRASP)
    turned = replace(patches, normals=-patches.normals)
    assert np.allclose(point_channels(patches, query), point_channels(turned, query))
