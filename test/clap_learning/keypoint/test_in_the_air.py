"""What floats is centred, whatever hand or furniture is near."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud
from clap_learning.keypoint.in_the_air import middle_of_floating

CENTRE = np.array([0.5, 0.1, 0.28])
RED, GRAY, BLUE = (200, 20, 20), (150, 150, 150), (20, 30, 200)


def ball(centre: NDArray[np.float64], radius: float = 0.05, seen_from: float = 1.0) -> NDArray:
    """Its surface, of which only the part below this share of its height is seen."""
    normals = np.random.default_rng(0).normal(size=(900, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(centre + radius * normals[normals[:, 0] < seen_from])


def cloud(*parts: tuple[NDArray, tuple[int, int, int]]) -> PointCloud:
    x, y = np.mgrid[0.2:0.9:0.01, -0.4:0.4:0.01]
    table = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    xyz = np.concatenate([table, *(points for points, _ in parts)])
    colours = [np.tile((120, 100, 80), (len(table), 1))]
    colours += [np.tile(colour, (len(points), 1)) for points, colour in parts]
    rgb = np.concatenate(colours)
    return PointCloud(xyz.astype(np.float32), rgb.astype(np.uint8))


def arm(x: float) -> NDArray:
    """A column down to the height of the target."""
    z, y = np.mgrid[0.25:0.60:0.008, 0.06:0.14:0.008]
    return np.column_stack([np.full(z.size, x), y.ravel(), z.ravel()])


@pytest.mark.parametrize("seen_from", [1.0, 0.3, 0.0])
def test_the_middle_of_a_ball_is_told_by_any_part_of_it(seen_from: float) -> None:
    scene = cloud((ball(CENTRE, seen_from=seen_from), RED))
    found = middle_of_floating(scene, CENTRE + np.array([0.04, -0.05, 0.03]), None)
    assert found == pytest.approx(CENTRE, abs=0.008)


def test_a_hand_that_touches_it_is_told_apart_by_its_colour() -> None:
    scene = cloud((ball(CENTRE), RED), (arm(0.45), GRAY))
    found = middle_of_floating(scene, CENTRE + np.array([0.03, 0.02, 0.0]), None)
    assert found == pytest.approx(CENTRE, abs=0.008)


def test_what_is_in_the_hand_does_not_float() -> None:
    held = CENTRE + np.array([0.0, 0.15, 0.0])
    scene = cloud((ball(held, 0.03), RED), (ball(CENTRE), RED))
    found = middle_of_floating(scene, 0.6 * held + 0.4 * CENTRE, held + np.array([0.0, 0.0, 0.02]))
    assert found == pytest.approx(CENTRE, abs=0.008)


def test_where_nothing_floats_nothing_is_said() -> None:
    on_table = ball(np.array([0.5, 0.1, 0.05]))
    assert middle_of_floating(cloud(), CENTRE, None) is None
    assert middle_of_floating(cloud((on_table, BLUE)), np.array([0.5, 0.1, 0.08]), None) is None
