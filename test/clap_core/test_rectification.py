"""Images of lenses with distortion become those of a pinhole, as OpenCV and librealsense say."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.camera.distortion import MODELS, distortion
from clap_core.camera.rectification import Rectification
from clap_core.errors import ClapError

CAMERA = CameraIntrinsics(320, 240, 210.0, 208.0, 161.5, 117.0)
D455 = (-0.0557, 0.0664, -0.00071, 0.00034, -0.0214)
"""Of the size that a D455's and a D405's colour have."""

RATIONAL = (0.53, -2.66, 0.0007, -0.0003, 1.53, 0.41, -2.48, 1.46)
FISHEYE = (-0.012, 0.031, -0.027, 0.0074)


def numbered() -> CameraView:
    """Each pixel says where it is: depth its row, colour its column."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    rgb = np.stack([u // 256, u % 256, 0 * u], axis=-1).astype(np.uint8)
    return CameraView("front", (v + 1).astype(np.uint16), rgb, CAMERA, np.eye(4))


def sources(view: CameraView) -> NDArray[np.int64]:
    """[H, W, 2] column and row that each pixel came from; -1 where none."""
    rgb, depth = view.rgb.astype(np.int64), view.depth.astype(np.int64)
    found = np.stack([rgb[..., 0] * 256 + rgb[..., 1], depth - 1], axis=-1)
    found[depth == 0] = -1
    return found


@pytest.mark.parametrize(
    ("model", "d"),
    [
        ("plumb_bob", D455),
        ("plumb_bob", (-0.3, 0.1, 0.001, -0.002)),
        ("rational_polynomial", RATIONAL),
        ("equidistant", FISHEYE),
    ],
)
def test_as_opencv(model: str, d: tuple[float, ...]) -> None:
    size = (CAMERA.width, CAMERA.height)
    make = cv2.fisheye if model == "equidistant" else cv2
    map_u, map_v = make.initUndistortRectifyMap(
        CAMERA.matrix, np.array(d), np.eye(3), CAMERA.matrix, size, cv2.CV_32FC1
    )
    found = sources(Rectification(CAMERA, model, d).apply(numbered()))
    seen = found[..., 0] >= 0
    inside = (map_u >= 0) & (map_u <= size[0] - 1) & (map_v >= 0) & (map_v <= size[1] - 1)
    assert np.mean(seen != inside) < 0.001
    assert seen.mean() > 0.5
    both = seen & inside
    assert np.abs(found[both] - np.stack([map_u, map_v], axis=-1)[both]).max() <= 0.501
    assert np.abs(map_u - np.arange(size[0])).max() > 1.0, "this lens distorts nothing"


@given(st.floats(-0.6, 0.6), st.floats(-0.5, 0.5))
def test_inverse_brown_conrady_is_undone_by_librealsense_s_iteration(x: float, y: float) -> None:
    """Deprojection as librealsense documents it: ten steps of a fixed point."""
    found = distortion("Inverse Brown Conrady", D455)
    assert found is not None
    model, d = found
    to_x, to_y = (float(value[0]) for value in model(np.array([x]), np.array([y]), d))
    k1, k2, p1, p2, k3 = D455
    back_x, back_y = to_x, to_y
    for _ in range(10):
        r2 = back_x**2 + back_y**2
        radial = 1 + ((k3 * r2 + k2) * r2 + k1) * r2
        xq, yq = back_x * radial, back_y * radial
        back_x = (to_x - 2 * p1 * xq * yq - p2 * (r2 + 2 * xq * xq)) / radial
        back_y = (to_y - 2 * p2 * xq * yq - p1 * (r2 + 2 * yq * yq)) / radial
    assert abs(back_x - x) < 1e-4 and abs(back_y - y) < 1e-4


def test_realsense_ros_may_call_the_inverse_model_plumb_bob() -> None:
    """It does so for all Brown-Conrady models; what that costs is far below a pixel."""
    u, v = np.meshgrid(np.linspace(-0.77, 0.77, 50), np.linspace(-0.57, 0.57, 50))
    (one, d), (other, _) = distortion("plumb_bob", D455), distortion("inverse_brown_conrady", D455)
    assert np.abs(np.array(one(u, v, d)) - other(u, v, d)).max() * CAMERA.fx < 0.05


def test_no_distortion_changes_nothing() -> None:
    view = numbered()
    for model, d in (("", ()), ("plumb_bob", [0.0] * 5), ("something", [0.0])):
        lens = Rectification(CAMERA, model, d)
        assert not lens.is_needed
        assert lens.apply(view) is view


def test_what_a_fold_of_the_polynomial_would_show_twice_is_left_black() -> None:
    lens = Rectification(CAMERA, "plumb_bob", (-0.8, 0.0, 0.0, 0.0, 0.0))
    out = lens.apply(numbered())
    assert not out.depth[0, 0] and not out.rgb[0, 0].any()
    assert out.depth[117, 161] == 118
    found = sources(out)
    row = found[117, :, 0]
    assert (np.diff(row[row >= 0]) >= 0).all()


@pytest.mark.parametrize(
    ("model", "d"),
    [
        ("omnidirectional", (0.1,)),
        ("", (0.1,)),
        ("plumb_bob", (0.1, float("nan"))),
        ("plumb_bob", (0.1, 0.0, 0.0, 0.0, 0.0, 0.3)),
        ("plumb_bob", (1e6, 0.0, 0.0, 0.0, 0.0)),
        ("rational_polynomial", (0.1, *[0.0] * 11, 0.2, 0.0)),
    ],
)
def test_what_is_no_known_lens_is_refused(model: str, d: tuple[float, ...]) -> None:
    with pytest.raises(ClapError, match="distortion") as raised:
        Rectification(CAMERA, model, d)
    assert raised.value.cure


@pytest.mark.parametrize("model", sorted(MODELS))
@given(st.lists(st.floats(), max_size=16))
def test_no_coefficients_raise_anything_else(model: str, d: list[float]) -> None:
    small = CameraIntrinsics(16, 12, 10.0, 10.0, 7.5, 5.5)
    view = CameraView(
        "front", np.ones((12, 16), np.float32), np.ones((12, 16, 3), np.uint8), small, np.eye(4)
    )
    try:
        out = Rectification(small, model, d).apply(view)
    except ClapError as error:
        assert error.cure
    else:
        assert out.depth.shape == (12, 16)
