"""Tokens of a cloud."""

from dataclasses import fields

import numpy as np
import pytest
from ball_scenes import RGB, balls

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.keypoint.colours import to_lab
from clap_learning.keypoint.tokens import (
    BARE,
    LYING,
    TOKENS,
    Patches,
    drawings_of,
    patches_of,
    table_height,
)


@pytest.mark.parametrize("table_m", [-0.02, 0.0, 0.015, 0.04])
def test_the_table_is_found_where_it_is(table_m: float) -> None:
    assert table_height(balls({"red": (0.5, 0.0)}, table_m).xyz) == pytest.approx(table_m, abs=2e-3)


def test_what_stands_has_most_tokens() -> None:
    patches = patches_of(balls({"red": (0.5, 0.0), "blue": (0.5, 0.2)}, 0.02))
    standing = patches.centres[:, 2] > patches.table_m + 0.005
    assert LYING < standing.sum() <= TOKENS - BARE


def test_a_pad_that_differs_by_colour_only_has_tokens() -> None:
    cloud = balls({})
    rgb = cloud.rgb.copy()
    pad = np.abs(cloud.xyz[:, :2] - (0.5, 0.1)).max(axis=1) < 0.04
    rgb[pad] = RGB["blue"]
    assert 0 < pad.sum() < 0.02 * len(cloud)
    patches = patches_of(PointCloud(cloud.xyz, rgb))
    blue = to_lab(np.array(RGB["blue"], np.uint8))
    assert (np.linalg.norm(patches.lab.mean(axis=1) - blue, axis=1) < 30.0).sum() > BARE


def test_equal_clouds_and_seeds_give_equal_tokens() -> None:
    cloud = balls({"red": (0.5, 0.0)})
    one, same, other = (patches_of(cloud, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.xyz, same.xyz)
    assert not np.array_equal(one.xyz, other.xyz)


def test_drawn_together_is_drawn_alone() -> None:
    cloud = balls({"red": (0.5, 0.0)}, 0.02)
    for seed, patches in enumerate(drawings_of(cloud, range(3))):
        alone = patches_of(cloud, seed)
        for field in fields(Patches):
            one, other = getattr(patches, field.name), getattr(alone, field.name)
            np.testing.assert_array_equal(one, other, field.name)


def test_a_cloud_without_points_is_refused() -> None:
    nothing = PointCloud(np.zeros((5, 3), np.float32), np.zeros((5, 3), np.uint8))
    with pytest.raises(ClapError) as caught:
        patches_of(nothing)
    assert caught.value.code is ErrorCode.CLOUD_EMPTY


def test_a_cloud_without_a_table_has_as_many_tokens() -> None:
    cloud = balls({"red": (0.5, 0.0)})
    standing = cloud.xyz[:, 2] > 0.012
    assert len(patches_of(cloud.select(standing)).centres) == TOKENS


def test_normals_stand_on_the_table_and_point_out_of_balls() -> None:
    patches = patches_of(balls({"red": (0.5, 0.0)}, 0.02))
    assert np.linalg.norm(patches.normals, axis=-1) == pytest.approx(1.0, abs=1e-4)
    # Far enough from the ball that no neighbour is of it.
    lies = np.hypot(patches.xyz[..., 0] - 0.5, patches.xyz[..., 1]) > 0.10
    assert np.percentile(np.abs(patches.normals[lies][:, 2]), 5) > 0.97
    middle = np.array([0.5, 0.0, 0.02 + 0.03])
    ball = patches.xyz[..., 2] > patches.table_m + 0.02
    out = patches.xyz[ball] - middle
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    assert np.median(np.abs((out * patches.normals[ball]).sum(axis=1))) > 0.95
    assert patches.bends.min() >= 0.0 and patches.bends.max() < 0.34


def test_a_plane_does_not_bend_and_a_heap_does() -> None:
    x, y = np.mgrid[0.3:0.7:0.005, -0.2:0.2:0.005]
    plane = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    heap = np.random.default_rng(0).uniform((0.3, -0.2, 0.05), (0.4, -0.1, 0.15), (9000, 3))
    xyz = np.concatenate([plane, heap]).astype(np.float32)
    patches = patches_of(PointCloud(xyz, np.full(xyz.shape, 99, np.uint8)))
    in_heap = patches.xyz[..., 2] > 0.06
    assert np.median(patches.bends[in_heap]) > 0.05
    assert patches.bends[patches.xyz[..., 2] < 0.01].max() < 0.01
