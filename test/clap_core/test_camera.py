"""Pinhole cameras: conventions, inverses, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clap_core.camera import CameraIntrinsics, CameraView, back_project, project
from clap_core.camera.projection import depth_in_metres
from clap_core.camera.tabletop import Ball, look_at, render
from clap_core.errors import ClapError, ErrorCode

CAMERA = CameraIntrinsics(640, 480, 610.0, 605.0, 321.5, 238.0)


def test_axes_are_right_down_forward() -> None:
    straight, right, down = [[0.0, 0.0, 2.0], [0.5, 0.0, 2.0], [0.0, 0.5, 2.0]]
    uv, depth, inside = project(np.array([straight, right, down]), CAMERA, np.eye(4))
    np.testing.assert_allclose(uv[0], [CAMERA.cx, CAMERA.cy])
    assert uv[1, 0] > uv[0, 0]
    assert uv[1, 1] == uv[0, 1]
    assert uv[2, 1] > uv[0, 1]
    np.testing.assert_allclose(depth, 2.0)
    assert inside.all()


@given(st.floats(0.0, 639.0), st.floats(0.0, 479.0), st.floats(0.2, 5.0), st.integers(0, 9))
def test_projection_undoes_back_projection(u: float, v: float, depth: float, seed: int) -> None:
    eye = np.random.default_rng(seed).uniform(0.3, 1.0, 3)
    pose = look_at(tuple(eye), (0.0, 0.0, 0.0))
    in_camera = back_project(np.array([[u, v]]), np.array([depth]), CAMERA)
    in_base = in_camera @ pose[:3, :3].T + pose[:3, 3]
    uv, found, inside = project(in_base, CAMERA, pose)
    np.testing.assert_allclose(uv, [[u, v]], atol=1e-6)
    np.testing.assert_allclose(found, [depth])
    assert inside.all()


def test_points_behind_or_beside_the_picture_are_not_inside() -> None:
    points = np.array([[0.0, 0.0, -1.0], [5.0, 0.0, 1.0], [0.0, -5.0, 1.0]])
    uv, _, inside = project(points, CAMERA, np.eye(4))
    assert not inside.any()
    assert np.isnan(uv[0]).all()


def test_render_agrees_with_project() -> None:
    """What the made-up tabletop shows is where project says that it is."""
    ball = Ball((0.5, 0.1, 0.2), 0.03, (255, 0, 0))
    pose = look_at((1.2, 0.0, 0.7), (0.5, 0.0, 0.0))
    depth, rgb = render(pose, CAMERA, (ball,))
    ((u, v),) = project(np.array([ball.centre]), CAMERA, pose)[0]
    rows, columns = np.nonzero(rgb[..., 0] == 255)
    assert abs(columns.mean() - u) < 1.0
    assert abs(rows.mean() - v) < 1.0
    surface = (
        back_project(np.stack([columns, rows], axis=1), depth[rows, columns], CAMERA)
        @ pose[:3, :3].T
        + pose[:3, 3]
    )
    distance = np.linalg.norm(surface - ball.centre, axis=1)
    np.testing.assert_allclose(distance, ball.radius, atol=1e-9)


def test_field_of_view_spans_the_picture() -> None:
    camera = CameraIntrinsics.from_field_of_view(640, 480, 0.8)
    edge = np.tan(0.4)
    uv, _, _ = project(np.array([[0.0, -edge, 1.0], [0.0, edge, 1.0]]), camera, np.eye(4))
    np.testing.assert_allclose(uv[:, 1], [-0.5, 479.5])


def test_both_encodings_of_depth_mean_the_same() -> None:
    millimetres = np.array([[0, 1, 1234, 65535]], np.uint16)
    metres = np.array([[0.0, 0.001, 1.234, 65.535]], np.float32)
    np.testing.assert_array_equal(depth_in_metres(millimetres), depth_in_metres(metres))


@pytest.mark.parametrize(
    "values",
    [
        (0, 480, 600.0, 600.0, 320.0, 240.0),
        (640, 480, 0.0, 600.0, 320.0, 240.0),
        (640, 480, 600.0, -1.0, 320.0, 240.0),
        (640, 480, 600.0, 600.0, float("nan"), 240.0),
    ],
)
def test_impossible_intrinsics_are_refused(values: tuple[int, int, float, float, float]) -> None:
    with pytest.raises(ClapError) as raised:
        CameraIntrinsics(*values)
    assert raised.value.code is ErrorCode.INVALID_REQUEST


SMALL = CameraIntrinsics(4, 3, 2.0, 2.0, 1.5, 1.0)
DEPTH = np.ones((3, 4), np.uint16)
RGB = np.zeros((3, 4, 3), np.uint8)
MIRROR = np.diag([1.0, 1.0, -1.0, 1.0])


@pytest.mark.parametrize(
    ("depth", "rgb", "pose"),
    [
        (DEPTH.T, RGB, np.eye(4)),
        (DEPTH.astype(np.float64), RGB, np.eye(4)),
        (DEPTH, RGB[..., 0], np.eye(4)),
        (DEPTH, RGB.astype(np.float32), np.eye(4)),
        (DEPTH, RGB, np.eye(3)),
        (DEPTH, RGB, np.full((4, 4), np.nan)),
        (DEPTH, RGB, MIRROR),
    ],
)
def test_a_view_that_does_not_fit_names_its_camera(
    depth: np.ndarray, rgb: np.ndarray, pose: np.ndarray
) -> None:
    with pytest.raises(ClapError, match="'wrist'") as raised:
        CameraView("wrist", depth, rgb, SMALL, pose)
    assert raised.value.code is ErrorCode.INVALID_REQUEST
