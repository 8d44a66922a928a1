"""Tokens of a cloud."""

import numpy as np
import pytest
from ball_scenes import RGB, balls

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.keypoint.colours import to_lab
from clap_learning.keypoint.tokens import BARE, LYING, TOKENS, patches_of, table_height


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


def test_a_cloud_without_points_is_refused() -> None:
    nothing = PointCloud(np.zeros((5, 3), np.float32), np.zeros((5, 3), np.uint8))
    with pytest.raises(ClapError) as caught:
        patches_of(nothing)
    assert caught.value.code is ErrorCode.CLOUD_EMPTY


def test_a_cloud_without_a_table_has_as_many_tokens() -> None:
    cloud = balls({"red": (0.5, 0.0)})
    standing = cloud.xyz[:, 2] > 0.012
    assert len(patches_of(cloud.select(standing)).centres) == TOKENS
