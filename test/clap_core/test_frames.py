"""The buffer of coordinate frames: lookups over the tree and over time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from clap_core.errors import ClapError, ErrorCode
from clap_core.frames import FrameBuffer, Sample, TransformError
from clap_core.geometry import invert

SECOND = 1_000_000_000
NO_TURN = (0.0, 0.0, 0.0, 1.0)
QUARTER_Z = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))


def at(x: float, y: float = 0.0, z: float = 0.0) -> Sample:
    return Sample((x, y, z), NO_TURN)


@pytest.fixture
def buffer() -> FrameBuffer:
    """base -> link (moving along x, 1 m/s) -> camera (fixed), and base -> stand (fixed)."""
    buffer = FrameBuffer(history_s=10.0)
    buffer.set("base", "stand", Sample((0.0, 1.0, 0.0), QUARTER_Z), 0, is_static=True)
    buffer.set("link", "camera", at(0.0, 0.0, 0.5), 0, is_static=True)
    for second in range(5):
        buffer.set("base", "link", at(float(second)), second * SECOND)
    return buffer


def test_poses_chain_down_and_up_the_tree(buffer: FrameBuffer) -> None:
    base_T_camera = buffer.lookup("base", "camera", 2 * SECOND)
    np.testing.assert_allclose(base_T_camera[:3, 3], [2.0, 0.0, 0.5])
    stand_T_camera = buffer.lookup("stand", "camera", 2 * SECOND)
    # The camera is 2 m ahead of base and 1 m beside the stand, which is turned to the left.
    np.testing.assert_allclose(stand_T_camera[:3, 3], [-1.0, -2.0, 0.5], atol=1e-12)
    camera_T_stand = buffer.lookup("camera", "stand", 2 * SECOND)
    np.testing.assert_allclose(camera_T_stand, invert(stand_T_camera), atol=1e-12)
    np.testing.assert_array_equal(buffer.lookup("camera", "camera", 2 * SECOND), np.eye(4))


@given(st.floats(0.0, 4.0))
def test_poses_between_samples_are_interpolated(seconds: float) -> None:
    buffer = FrameBuffer()
    for second in range(5):
        turn = Rotation.from_rotvec([0.0, 0.0, 0.3 * second]).as_quat()
        buffer.set("base", "link", Sample((second, 0.0, 0.0), tuple(turn)), second * SECOND)
    pose = buffer.lookup("base", "link", round(seconds * SECOND))
    np.testing.assert_allclose(pose[0, 3], seconds, atol=1e-8)
    np.testing.assert_allclose(
        Rotation.from_matrix(pose[:3, :3]).magnitude(), 0.3 * seconds, atol=1e-8
    )


def test_no_stamp_means_the_newest_shared_time(buffer: FrameBuffer) -> None:
    buffer.set("link", "finger", at(0.1), 3 * SECOND)
    assert buffer.lookup("base", "finger")[0, 3] == pytest.approx(3.1)
    assert buffer.lookup("base", "link")[0, 3] == 4.0
    assert buffer.lookup("base", "stand")[1, 3] == 1.0


@pytest.mark.parametrize(
    ("target", "source", "seconds", "words", "may_come"),
    [
        ("base", "wrist", 2, ["'wrist'", "known frames: base, camera, link, stand"], True),
        ("base", "camera", 5, ["'link'", "'base'", "too old", "1.000 s before"], True),
        ("base", "camera", -1, ["'link'", "'base'", "1.000 s after"], False),
        ("base", "moon", 2, ["not connected", "'moon'", "'space'"], True),
    ],
)
def test_a_failed_lookup_names_frames_and_problem(
    buffer: FrameBuffer, target: str, source: str, seconds: int, words: list[str], may_come: bool
) -> None:
    if source == "moon":
        buffer.set("space", "moon", at(1.0), 0, is_static=True)
    with pytest.raises(TransformError) as raised:
        buffer.lookup(target, source, seconds * SECOND)
    assert raised.value.code is ErrorCode.TRANSFORM_UNAVAILABLE
    assert raised.value.may_come is may_come
    for word in words:
        assert word in raised.value.message


def test_a_circle_is_said(buffer: FrameBuffer) -> None:
    buffer.set("camera", "base", at(1.0), 0, is_static=True)
    with pytest.raises(TransformError, match="circle"):
        buffer.lookup("base", "stand", SECOND)


def test_history_is_limited_and_out_of_order_samples_fit_in() -> None:
    buffer = FrameBuffer(history_s=2.0)
    for second in (0, 1, 3, 2):
        buffer.set("base", "link", at(float(second)), second * SECOND)
    assert buffer.lookup("base", "link", 2 * SECOND)[0, 3] == 2.0
    with pytest.raises(TransformError):
        buffer.lookup("base", "link", SECOND // 2)


def test_one_sample_that_is_far_too_old_is_left_out_as_in_tf2(buffer: FrameBuffer) -> None:
    buffer.set("base", "link", at(100.0), 100 * SECOND)
    with pytest.raises(ClapError, match=r"99\.0 s older"):
        buffer.set("base", "link", at(7.0), 1 * SECOND)
    assert buffer.lookup("base", "link")[0, 3] == 100.0


def test_a_clock_that_begins_again_forgets_what_moves(buffer: FrameBuffer) -> None:
    buffer.clear()
    assert buffer.frames() == ("base", "camera", "link", "stand")
    with pytest.raises(TransformError):
        buffer.lookup("base", "link")


def test_a_new_parent_and_a_repeated_stamp_replace(buffer: FrameBuffer) -> None:
    buffer.set("base", "link", at(9.0), 4 * SECOND)
    assert buffer.lookup("base", "link")[0, 3] == 9.0
    buffer.set("stand", "link", at(0.0), 4 * SECOND)
    np.testing.assert_allclose(buffer.lookup("base", "link")[:3, 3], [0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("parent", "child", "sample"),
    [
        ("base", "base", at(0.0)),
        ("", "link", at(0.0)),
        ("base", "link", at(float("nan"))),
        ("base", "link", Sample((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))),
    ],
)
def test_nonsense_is_refused(parent: str, child: str, sample: Sample) -> None:
    buffer = FrameBuffer()
    with pytest.raises(ClapError) as raised:
        buffer.set(parent, child, sample, 0)
    assert raised.value.code is ErrorCode.INVALID_REQUEST
    assert buffer.frames() == ()
