"""Exact views as a laboratory's camera would have them."""

from __future__ import annotations

import numpy as np
import pytest

from clap_core.camera import CameraIntrinsics
from clap_core.camera.measured import LAB_OFF_M, as_measured, miscalibration
from clap_core.camera.view import CameraView

SIDE = 64


def wall(depth_mm: int = 1000) -> CameraView:
    """A wall in front of a camera; its left quarter has no depth."""
    depth = np.full((SIDE, SIDE), depth_mm, np.uint16)
    depth[:, : SIDE // 4] = 0
    return CameraView(
        "front",
        depth,
        np.zeros((SIDE, SIDE, 3), np.uint8),
        CameraIntrinsics(SIDE, SIDE, 70.0, 70.0, SIDE / 2, SIDE / 2),
        np.eye(4),
        7,
    )


def test_depth_gets_noise_about_what_it_was_and_no_depth_stays_none() -> None:
    seen = as_measured(wall(), np.random.default_rng(0))
    right = seen.depth[:, SIDE // 2 :].astype(float)
    there = right > 0
    assert there.mean() > 0.8
    assert np.median(right[there]) == pytest.approx(1000.0, abs=15.0)
    assert np.ptp(right[there]) > 5.0
    assert not seen.depth[:, : SIDE // 4].any()


def test_the_camera_is_elsewhere_and_all_else_is_kept() -> None:
    seen = as_measured(wall(), np.random.default_rng(0))
    assert np.linalg.norm(seen.base_T_camera[:3, 3]) == pytest.approx(LAB_OFF_M)
    assert (seen.name, seen.stamp_ns) == ("front", 7)


def test_a_miscalibration_is_as_large_as_is_said() -> None:
    off = miscalibration(0.02, 0.1, np.random.default_rng(1))
    assert np.linalg.norm(off[:3, 3]) == pytest.approx(0.02)
    assert np.arccos(0.5 * (np.trace(off[:3, :3]) - 1.0)) == pytest.approx(0.1)
    np.testing.assert_allclose(off[:3, :3] @ off[:3, :3].T, np.eye(3), atol=1e-12)


def test_no_miscalibration_is_none() -> None:
    np.testing.assert_allclose(miscalibration(0.0, 0.0, np.random.default_rng(1)), np.eye(4))
