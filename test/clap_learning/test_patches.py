"""Patches against the slow and obvious way, in clouds of every order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.patches import make_patches

CONFIG = EncoderConfig(
    name="test", points=256, patches=16, patch_points=24, width=48, depth=1, heads=3
)


def cloud(order: str) -> NDArray[np.float32]:
    xyz = np.random.default_rng(2).uniform(-0.3, 0.3, (256, 3)).astype(np.float32)
    if order == "sorted":
        return xyz[np.argsort(xyz[:, 0])]
    if order == "backwards":
        return xyz[np.argsort(-xyz[:, 0])]
    return xyz


@pytest.mark.parametrize("order", ["any", "sorted", "backwards"])
def test_a_patch_is_its_centres_nearest_points(order: str) -> None:
    xyz = cloud(order)
    # The colour tells which point it is.
    rgb = np.zeros(xyz.shape, np.uint8)
    rgb[:, 0] = np.arange(256)
    centers, points = make_patches(xyz, rgb, CONFIG)
    assert len(np.unique(centers, axis=0)) == CONFIG.patches
    for center, patch in zip(centers, points, strict=True):
        found = np.rint((patch[:, 3] + 1.0) * 127.5).astype(int)
        distances = np.linalg.norm(xyz.astype(np.float64) - center, axis=1)
        assert set(found) == set(np.argsort(distances)[: CONFIG.patch_points])
        np.testing.assert_allclose(
            patch[:, :3] * CONFIG.patch_scale_m, xyz[found] - center, atol=1e-6
        )


def test_each_centre_is_farthest_from_those_before() -> None:
    xyz = cloud("any").astype(np.float64)
    centers, _ = make_patches(cloud("any"), np.zeros(xyz.shape, np.uint8), CONFIG)
    np.testing.assert_array_equal(centers[0], cloud("any")[0])
    for count in range(1, len(centers)):
        gaps = np.linalg.norm(xyz[:, None] - centers[None, :count], axis=2).min(axis=1)
        gap = np.linalg.norm(centers[count] - centers[:count], axis=1).min()
        assert gap == pytest.approx(gaps.max(), abs=1e-6)
