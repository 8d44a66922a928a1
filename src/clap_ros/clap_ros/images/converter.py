"""The pixels of checked messages and arrays, with numpy alone."""

from __future__ import annotations

import array
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from clap_ros.images.checks import FORMATS

GREY_SHIFT = 15
GREY_WEIGHTS = np.array([9798, 19235, 3735], dtype=np.int32)
"""Luma of red, green and blue (ITU-R BT.601) in steps of 2**-15, as in OpenCV."""


def pixels_of(message: Image, encoding: str) -> NDArray[Any]:
    """See ``clap_ros.images.to_array``; without a copy where the message's layout allows."""
    pixel = FORMATS[message.encoding]
    wire = pixel.dtype.newbyteorder(">" if message.is_bigendian else "<")
    shape: tuple[int, ...] = (message.height, message.width)
    strides: tuple[int, ...] = (message.step, wire.itemsize * pixel.channels)
    if pixel.channels > 1:
        shape, strides = (*shape, pixel.channels), (*strides, wire.itemsize)
    pixels = np.ndarray(shape, wire, message.data, strides=strides)
    native = np.ascontiguousarray(pixels, dtype=pixel.dtype)
    return _recolour(native, message.encoding, encoding)


def message_of(pixels: NDArray[Any], encoding: str) -> Image:
    """See ``clap_ros.images.to_message``; rows without padding, in this machine's byte order."""
    message = Image()
    message.height, message.width = pixels.shape[:2]
    message.encoding = encoding
    message.is_bigendian = int(sys.byteorder == "big")
    message.step = pixels.itemsize * int(np.prod(pixels.shape[1:]))
    # rclpy checks each element of anything but an array.array: 200 ms for a large image.
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(pixels).data.cast("B"))
    message.data = data
    return message


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
