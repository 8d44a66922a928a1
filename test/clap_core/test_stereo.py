"""A stereo camera's depth, of images that are smaller than the camera's own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics
from clap_core.camera.stereo import TABLE_SIZE, DepthConfig, measure_stereo

TABLE = np.random.default_rng(0).standard_normal(TABLE_SIZE).astype(np.float32)
ONLY_NOISE = DepthConfig(
    quantization=False, grazing_holes=False, stereo_shadow=False, range_limits=False
)


def measure(
    exact_m: NDArray[np.float32], focal_px: float, config: DepthConfig, own_px: float | None
) -> NDArray[np.uint16]:
    rows, columns = exact_m.shape
    optics = CameraIntrinsics(columns, rows, focal_px, focal_px, columns / 2, rows / 2)
    return measure_stereo(
        exact_m, optics, config, TABLE, np.random.default_rng(1), max_range_m=9.0,
        stereo_focal_px=own_px,
    )  # fmt: skip


@pytest.mark.parametrize("depth_m", [0.6, 1.0, 1.6])
def test_noise_is_that_of_the_cameras_own_pixels(depth_m: float) -> None:
    exact = np.full((200, 200), depth_m, np.float32)
    measured = measure(exact, 230.0, ONLY_NOISE, 610.0) / 1000.0
    # z^2 / (f b) times the disparity's 0.08 px; millimetres round.
    expected = depth_m**2 / (610.0 * 0.05) * 0.08
    assert measured.std() == pytest.approx(np.hypot(expected, 0.001 / 12**0.5), rel=0.05)
    assert measured.mean() == pytest.approx(depth_m, abs=0.1 * expected + 1e-4)


def test_a_smaller_image_has_a_shadow_of_the_same_width_in_metres() -> None:
    widths = []
    for scale in (1.0, 0.5):
        columns = round(400 * scale)
        exact = np.full((4, columns), 1.0, np.float32)
        exact[:, columns // 2 :] = 0.5
        config = ONLY_NOISE.model_copy(update={"noise": False, "stereo_shadow": True})
        measured = measure(exact, 610.0 * scale, config, 610.0)
        holes = np.flatnonzero(measured[1] == 0)
        assert len(holes) and holes.max() < columns // 2  # on the farther side
        widths.append(len(holes) / (610.0 * scale))
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_outlines_have_holes_and_planes_do_not() -> None:
    exact = np.full((60, 60), 1.0, np.float32)
    exact[20:40, 20:40] = 0.8
    config = ONLY_NOISE.model_copy(update={"noise": False, "grazing_holes": True})
    holes = measure(exact, 230.0, config, 610.0) == 0
    assert holes[20, 20:40].all() and holes[20:40, 39].all()
    assert not holes[25:35, 25:35].any() and not holes[:15].any()
