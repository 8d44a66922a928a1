"""Transforms against their definitions, on random rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from clap_core.geometry import (
    interpolate,
    invert,
    make_transform,
    nearest_rigid,
    quaternion_xyzw,
    rotation_distance,
    tool_down,
    tool_yaw,
    transform_points,
)

COORDINATES = st.tuples(*[st.floats(-2.0, 2.0)] * 3)


def transform(position: tuple[float, ...], rotation_vector: tuple[float, ...]) -> np.ndarray:
    return make_transform(position, Rotation.from_rotvec(rotation_vector).as_quat())


@given(COORDINATES, COORDINATES)
def test_inverse_undoes(position: tuple[float, ...], turn: tuple[float, ...]) -> None:
    a_T_b = transform(position, turn)
    np.testing.assert_allclose(a_T_b @ invert(a_T_b), np.eye(4), atol=1e-12)


@given(COORDINATES, COORDINATES, COORDINATES)
def test_points_go_through_the_homogeneous_matrix(
    position: tuple[float, ...], turn: tuple[float, ...], point: tuple[float, ...]
) -> None:
    a_T_b = transform(position, turn)
    expected = (a_T_b @ [*point, 1.0])[:3]
    np.testing.assert_allclose(transform_points(a_T_b, np.array(point)), expected, atol=1e-12)
    np.testing.assert_allclose(
        transform_points(a_T_b, np.array([point] * 2)), [expected] * 2, atol=1e-12
    )


def test_quaternion_order_is_xyzw_with_positive_w() -> None:
    quarter_turn = make_transform((0, 0, 0), (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)))
    np.testing.assert_allclose(quarter_turn[:3, 0], [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(
        quaternion_xyzw(quarter_turn), [0, 0, np.sqrt(0.5), np.sqrt(0.5)], atol=1e-12
    )
    assert quaternion_xyzw(transform((0, 0, 0), (0, 0, -3.0)))[3] >= 0.0


def test_zero_quaternion_is_refused() -> None:
    with pytest.raises(ValueError, match="norm"):
        make_transform((0, 0, 0), (0, 0, 0, 0))


@given(st.floats(0.0, np.pi))
def test_rotation_distance_is_the_angle(angle: float) -> None:
    axis = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    start = transform((0, 0, 0), (0.3, -0.2, 0.9))
    end = start @ transform((0, 0, 0), tuple(angle * axis))
    assert rotation_distance(start, end) == pytest.approx(angle, abs=1e-7)


@given(st.floats(0.0, 1.0))
def test_interpolation_is_straight_and_even(fraction: float) -> None:
    start = transform((0.1, 0.2, 0.3), (0.5, 0.0, 0.0))
    end = transform((0.5, -0.2, 0.1), (0.5, 1.0, 0.7))
    between = interpolate(start, end, fraction)
    np.testing.assert_allclose(
        between[:3, 3], start[:3, 3] + fraction * (end[:3, 3] - start[:3, 3]), atol=1e-12
    )
    whole = rotation_distance(start, end)
    assert rotation_distance(start, between) == pytest.approx(fraction * whole, abs=1e-7)
    assert rotation_distance(between, end) == pytest.approx((1 - fraction) * whole, abs=1e-7)


@given(st.floats(-3.1, 3.1))
def test_tool_down_points_down_and_keeps_its_yaw(yaw: float) -> None:
    pose = tool_down((0.5, 0.1, 0.2), yaw)
    np.testing.assert_allclose(pose[:3, 2], [0.0, 0.0, -1.0], atol=1e-12)
    np.testing.assert_allclose(pose[:3, 3], [0.5, 0.1, 0.2])
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
    assert tool_yaw(pose) == pytest.approx(yaw)


@pytest.mark.parametrize("error", [1e-12, 1e-4, 2e-3])
def test_rounding_errors_of_a_pose_are_removed(error: float) -> None:
    exact = make_transform((0.1, 0.2, 0.3), (0.1, 0.2, 0.3, 0.9))
    noisy = exact.copy()
    noisy[:3, :3] += error * np.random.default_rng(0).standard_normal((3, 3))
    rigid = nearest_rigid(noisy)
    np.testing.assert_allclose(rigid[:3, :3] @ rigid[:3, :3].T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(rigid, exact, atol=4 * error + 1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (np.diag([1000.0, 1000.0, 1000.0, 1.0]), "not rigid"),
        (np.diag([1.0, 1.0, -1.0, 1.0]), "reflection"),
        (np.diag([1.0, 1.0, np.nan, 1.0]), "finite"),
        (np.diag([1.0, 1.0, 1.0, 2.0]), "not rigid"),
        (np.eye(3), "shape"),
    ],
)
def test_what_is_no_pose_is_refused_and_says_why(change: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        nearest_rigid(change)
