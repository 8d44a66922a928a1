"""The depth sensor's effects, each alone, on surfaces whose depth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics
from clap_sim.realsense.config import DepthConfig
from clap_sim.realsense.depth_sensor import DepthSensor

NEAR_M, FAR_M = 0.02, 12.0
OPTICS = CameraIntrinsics(width=320, height=240, fx=610.0, fy=610.0, cx=159.5, cy=119.5)
EXACT = DepthConfig(
    noise=False, quantization=False, grazing_holes=False, stereo_shadow=False, range_limits=False
)


def window_depth(depth_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """OpenGL's reversed depth buffer, lowest row first, of an upright depth image."""
    window = (FAR_M * NEAR_M / depth_m - NEAR_M) / (FAR_M - NEAR_M)
    return window[::-1].astype(np.float32)


def measure(depth_m: NDArray[np.float64], stream: int = 0, **effects: object) -> NDArray[np.uint16]:
    config = EXACT.model_copy(update=effects)
    return DepthSensor(OPTICS, config, NEAR_M, FAR_M, stream).measure(window_depth(depth_m))


def wall(depth_m: float) -> NDArray[np.float64]:
    return np.full((OPTICS.height, OPTICS.width), depth_m)


def box_before_wall(box_m: float = 0.6, wall_m: float = 1.2) -> NDArray[np.float64]:
    scene = wall(wall_m)
    scene[80:160, 120:200] = box_m
    return scene


def test_without_effects_depth_is_exact_and_upright() -> None:
    depth = np.linspace(0.3, 3.0, OPTICS.height)[:, None] + np.zeros((1, OPTICS.width))
    assert np.abs(measure(depth) / 1000.0 - depth).max() < 6e-4


@pytest.mark.parametrize("distance_m", [0.5, 1.0, 2.0])
def test_noise_grows_with_the_square_of_the_distance(distance_m: float) -> None:
    depth = measure(wall(distance_m), noise=True).astype(float)
    expected_mm = 1000.0 * 0.08 * distance_m**2 / (610.0 * 0.05)
    assert depth.std() == pytest.approx(expected_mm, rel=0.1)
    assert depth.mean() == pytest.approx(1000.0 * distance_m, rel=2e-3)


def test_noise_is_the_same_for_a_seed_and_differs_between_cameras_and_frames() -> None:
    frame = window_depth(wall(1.0))
    config = EXACT.model_copy(update={"noise": True})
    sensors = [DepthSensor(OPTICS, config, NEAR_M, FAR_M, stream) for stream in (0, 0, 1)]
    first, same, other = (sensor.measure(frame) for sensor in sensors)
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, sensors[0].measure(frame))


def test_quantization_leaves_few_depths() -> None:
    depth = np.linspace(1.9, 2.0, OPTICS.width)[None, :] + np.zeros((OPTICS.height, 1))
    # 610 px * 50 mm (1/1.9 - 1/2.0) is 0.8 px of disparity, or 25.7 steps.
    assert 25 <= len(np.unique(measure(depth, quantization=True))) <= 27
    assert len(np.unique(measure(depth))) > 90


def test_range_limits() -> None:
    depth = wall(1.0)
    depth[:, :100], depth[:, 200:] = 0.2, 4.0
    measured = measure(depth, range_limits=True)
    assert not measured[:, :100].any()
    assert (measured[:, 100:200] == 1000).all()
    assert not measured[:, 200:].any()


def test_outlines_have_no_depth() -> None:
    measured = measure(box_before_wall(), grazing_holes=True)
    assert not measured[80:160, [119, 120, 199, 200]].any()
    assert measured[100:140, 140:180].all()
    assert measured[:60].all()


@pytest.mark.parametrize(("incidence_deg", "seen"), [(60.0, True), (80.0, True), (85.0, False)])
def test_grazing_surfaces_have_no_depth(incidence_deg: float, seen: bool) -> None:
    # A plane through (0, 0, 1 m), turned about the vertical: z = 1 + tan(angle) x, x = ray z.
    ray = (np.arange(OPTICS.width) - OPTICS.cx) / OPTICS.fx
    inverse = 1.0 - np.tan(np.radians(incidence_deg)) * ray
    z = np.where(inverse > 0.1, 1.0 / np.maximum(inverse, 0.1), 10.0)
    measured = measure(z + np.zeros((OPTICS.height, 1)), grazing_holes=True)
    middle = measured[:, OPTICS.width // 2 - 2 : OPTICS.width // 2 + 2]
    assert middle.all() if seen else not middle.any()


def test_stereo_shadow_lies_left_of_what_is_nearer() -> None:
    measured = measure(box_before_wall(), stereo_shadow=True)
    # Disparities of 50.8 and 25.4 px: the box hides 25 columns of the wall to its left.
    hidden = np.flatnonzero(measured[120] == 0)
    assert hidden.min() == pytest.approx(120 - 25, abs=2)
    assert hidden.max() == 119
    assert measured[40].all()
