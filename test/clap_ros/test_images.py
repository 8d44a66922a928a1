"""Image messages: any layout gives the pixels, and colours convert as OpenCV does it."""

from __future__ import annotations

import array
import importlib
import sys

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from clap_core.camera import CameraIntrinsics
from clap_core.camera.camera_info import rectification_from_message
from clap_core.camera.image_message import to_array
from clap_core.errors import ClapError, ErrorCode
from clap_ros import images

RANDOM = np.random.default_rng(0)
WIDTH, HEIGHT = 7, 5
PIXELS = {
    "rgb8": RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8),
    "bgr8": RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8),
    "mono8": RANDOM.integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8),
    "16UC1": RANDOM.integers(0, 65536, (HEIGHT, WIDTH)).astype(np.uint16),
    "32FC1": RANDOM.normal(size=(HEIGHT, WIDTH)).astype(np.float32),
}


def wire_message(encoding: str, padding: int = 0, is_bigendian: bool = False) -> Image:
    """A message written byte by byte, without the code under test."""
    pixels = PIXELS[encoding]
    wire = pixels.astype(pixels.dtype.newbyteorder(">" if is_bigendian else "<"))
    rows = [row.tobytes() + b"\xaa" * padding for row in wire]
    message = Image(width=WIDTH, height=HEIGHT, encoding=encoding, is_bigendian=int(is_bigendian))
    message.step = len(rows[0])
    message.data = array.array("B", b"".join(rows))
    return message


@pytest.mark.parametrize("is_bigendian", [False, True])
@pytest.mark.parametrize("padding", [0, 1, 8])
@pytest.mark.parametrize("encoding", PIXELS)
def test_any_layout_gives_the_pixels(encoding: str, padding: int, is_bigendian: bool) -> None:
    pixels = to_array(wire_message(encoding, padding, is_bigendian))
    np.testing.assert_array_equal(pixels, PIXELS[encoding])
    assert pixels.dtype == PIXELS[encoding].dtype
    assert pixels.dtype.isnative
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("rgb8", "bgr8", cv2.COLOR_RGB2BGR),
        ("bgr8", "rgb8", cv2.COLOR_BGR2RGB),
        ("rgb8", "mono8", cv2.COLOR_RGB2GRAY),
        ("bgr8", "mono8", cv2.COLOR_BGR2GRAY),
        ("mono8", "rgb8", cv2.COLOR_GRAY2RGB),
        ("mono8", "bgr8", cv2.COLOR_GRAY2BGR),
    ],
)
def test_colours_convert_as_opencv_converts_them(source: str, target: str, code: int) -> None:
    """As cvtColor with these codes."""
    pixels = to_array(wire_message(source, padding=3), target)
    np.testing.assert_array_equal(pixels, cv2.cvtColor(PIXELS[source], code))
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("encoding", PIXELS)
def test_messages_are_packed_and_come_back(encoding: str) -> None:
    header = Header(frame_id="front_color_optical_frame")
    message = images.to_message(PIXELS[encoding][:, ::-1], encoding, header)
    assert (message.width, message.height) == (WIDTH, HEIGHT)
    assert message.step * HEIGHT == len(message.data) == PIXELS[encoding].nbytes
    assert message.header.frame_id == "front_color_optical_frame"
    assert bool(message.is_bigendian) == (sys.byteorder == "big")
    np.testing.assert_array_equal(to_array(message), PIXELS[encoding][:, ::-1])


def test_the_last_row_need_not_be_padded() -> None:
    message = wire_message("rgb8", padding=4)
    message.data = message.data[:-4]
    np.testing.assert_array_equal(to_array(message), PIXELS["rgb8"])


def spoilt(**changes: object) -> Image:
    message = wire_message("16UC1")
    for name, value in changes.items():
        setattr(message, name, value)
    return message


@pytest.mark.parametrize(
    ("message", "encoding", "words"),
    [
        (spoilt(encoding="yuv422"), "", "'yuv422'"),
        (spoilt(data=array.array("B", bytes(9))), "", "9 bytes"),
        (spoilt(step=3), "", "step 3"),
        (spoilt(height=0), "", "7x0"),
        (spoilt(), "rgb8", "16UC1, which does not convert to rgb8"),
        (spoilt(), "png", "'png'"),
    ],
)
def test_what_cannot_be_converted_is_said(message: Image, encoding: str, words: str) -> None:
    with pytest.raises(ClapError, match=words) as raised:
        to_array(message, encoding)
    assert raised.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(
    ("pixels", "encoding"),
    [
        (PIXELS["rgb8"], "16UC1"),
        (PIXELS["mono8"], "rgb8"),
        (PIXELS["32FC1"].astype(np.float64), "32FC1"),
        (PIXELS["rgb8"][:0], "rgb8"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(pixels: np.ndarray, encoding: str) -> None:
    with pytest.raises(ClapError) as raised:
        images.to_message(pixels, encoding)
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_no_other_converter_is_ever_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """apt's cv_bridge imports beside NumPy 2, and fails at the first image."""

    class Broken:
        def __getattr__(self, name: str) -> None:
            raise AttributeError("_ARRAY_API not found")

    monkeypatch.setitem(sys.modules, "cv_bridge", Broken())
    for name in [name for name in sys.modules if name.startswith("clap_core.camera.image")]:
        monkeypatch.delitem(sys.modules, name)
    fresh = importlib.import_module("clap_core.camera.image_message")
    np.testing.assert_array_equal(fresh.to_array(wire_message("rgb8")), PIXELS["rgb8"])


def test_intrinsics_come_back() -> None:
    camera = CameraIntrinsics(640, 480, 610.0, 605.0, 321.5, 238.0)
    lens = rectification_from_message(images.intrinsics_to_message(camera))
    assert lens.intrinsics == camera
    assert not lens.is_needed


def test_uncalibrated_cameras_and_unknown_lenses_are_refused() -> None:
    with pytest.raises(ClapError, match="calibrated"):
        rectification_from_message(CameraInfo(width=640, height=480))
    message = images.intrinsics_to_message(CameraIntrinsics(640, 480, 600.0, 600.0, 320.0, 240.0))
    message.d = [0.1, -0.2, 0.0, 0.0, 0.0]
    assert rectification_from_message(message).is_needed
    message.distortion_model = "of_my_own"
    with pytest.raises(ClapError, match="of_my_own") as raised:
        rectification_from_message(message)
    assert raised.value.code is ErrorCode.INVALID_REQUEST
