"""Image messages to arrays and back, with numpy alone, for messages of rclpy and of bags.

One converter everywhere, also where ROS has cv_bridge: apt's is built for NumPy 1 and fails beside
NumPy 2 at the first image (vision_opencv#535), and PyPI's package of that name decodes wrongly.
Tests hold the conversions of colour to OpenCV's, which are cv_bridge's.
"""

from __future__ import annotations

import array
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.pixel_formats import (
    FORMATS,
    ImageMessage,
    check_array,
    check_conversion,
    check_message,
)

GREY_SHIFT = 15
GREY_WEIGHTS = np.array([9798, 19235, 3735], dtype=np.int32)
"""Luma of red, green and blue (ITU-R BT.601) in steps of 2**-15, as in OpenCV."""


def to_array(message: ImageMessage, encoding: str = "") -> NDArray[Any]:
    """The pixels of a message, in this machine's byte order.

    Args:
        message: rgb8, bgr8, mono8, 16UC1 or 32FC1; rows may be padded, either byte order.
        encoding: wanted; empty for the message's own. Colour and grey convert into each other.

    Returns:
        [H, W] or [H, W, 3], contiguous uint8, uint16 or float32; possibly a view of the
        message's data.

    Raises:
        ClapError: INVALID_REQUEST for an encoding that is not known or not convertible, or for
            data that is shorter than the header says.
    """
    check_message(message)
    check_conversion(message.encoding, encoding or message.encoding)
    pixel = FORMATS[message.encoding]
    wire = pixel.dtype.newbyteorder(">" if message.is_bigendian else "<")
    shape: tuple[int, ...] = (message.height, message.width)
    strides: tuple[int, ...] = (message.step, wire.itemsize * pixel.channels)
    if pixel.channels > 1:
        shape, strides = (*shape, pixel.channels), (*strides, wire.itemsize)
    pixels = np.ndarray(shape, wire, message.data, strides=strides)
    native = np.ascontiguousarray(pixels, dtype=pixel.dtype)
    return _recolour(native, message.encoding, encoding or message.encoding)


def image_fields(pixels: NDArray[Any], encoding: str) -> dict[str, Any]:
    """The fields of a message without its header; rows without padding, native byte order.

    Args:
        pixels: [H, W] or [H, W, 3], of the encoding's type.
        encoding: rgb8, bgr8, mono8, 16UC1 or 32FC1.

    Raises:
        ClapError: INVALID_REQUEST when array and encoding do not fit.
    """
    check_array(pixels, encoding)
    # rclpy checks each element of anything but an array.array: 200 ms for a large image.
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(pixels).data.cast("B"))
    return {
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "encoding": encoding,
        "is_bigendian": int(sys.byteorder == "big"),
        "step": pixels.itemsize * int(np.prod(pixels.shape[1:])),
        "data": data,
    }


def _recolour(pixels: NDArray[Any], source: str, target: str) -> NDArray[Any]:
    if source == target:
        return pixels
    if source == "mono8":
        return np.repeat(pixels[..., np.newaxis], 3, axis=-1)
    if target == "mono8":
        weights = GREY_WEIGHTS if source == "rgb8" else GREY_WEIGHTS[::-1]
        half = 1 << (GREY_SHIFT - 1)
        return ((pixels.astype(np.int32) @ weights + half) >> GREY_SHIFT).astype(np.uint8)
    return np.ascontiguousarray(pixels[..., ::-1])
