"""The two converters, and which of them this installation has."""

from __future__ import annotations

import array
import importlib
import sys
from typing import Any, Protocol

import numpy as np
from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from numpy.typing import NDArray
from sensor_msgs.msg import Image

from clap_ros.images.checks import FORMATS

GREY_SHIFT = 15
GREY_WEIGHTS = np.array([9798, 19235, 3735], dtype=np.int32)
"""Luma of red, green and blue (ITU-R BT.601) in steps of 2**-15, as in OpenCV."""


class Converter(Protocol):
    """Converts messages and arrays that were checked before."""

    def to_array(self, message: Image, encoding: str) -> NDArray[Any]:
        """See ``clap_ros.images.to_array``."""
        ...

    def to_message(self, pixels: NDArray[Any], encoding: str) -> Image:
        """See ``clap_ros.images.to_message``."""
        ...


def choose_converter() -> Converter:
    """cv_bridge's where ROS has installed it, else our own.

    The package of that name on PyPI is another one, made for ROS 1, and decodes wrongly. Only a
    ROS install is in the ament index, so a module that merely can be imported is not taken.
    """
    try:
        get_package_prefix("cv_bridge")
        return CvBridgeConverter(importlib.import_module("cv_bridge").CvBridge())
    # AttributeError: a cv_bridge that was built against another NumPy.
    except (PackageNotFoundError, ImportError, AttributeError):
        return NumpyConverter()


class CvBridgeConverter:
    """ROS's cv_bridge behind our names."""

    def __init__(self, bridge: Any) -> None:
        self._bridge = bridge

    def to_array(self, message: Image, encoding: str) -> NDArray[Any]:
        """Through ``imgmsg_to_cv2``."""
        return np.asarray(self._bridge.imgmsg_to_cv2(message, desired_encoding=encoding))

    def to_message(self, pixels: NDArray[Any], encoding: str) -> Image:
        """Through ``cv2_to_imgmsg``."""
        return self._bridge.cv2_to_imgmsg(np.ascontiguousarray(pixels), encoding=encoding)


class NumpyConverter:
    """The same with numpy alone."""

    def to_array(self, message: Image, encoding: str) -> NDArray[Any]:
        """Without a copy where the message's layout allows."""
        pixel = FORMATS[message.encoding]
        wire = pixel.dtype.newbyteorder(">" if message.is_bigendian else "<")
        shape: tuple[int, ...] = (message.height, message.width)
        strides: tuple[int, ...] = (message.step, wire.itemsize * pixel.channels)
        if pixel.channels > 1:
            shape, strides = (*shape, pixel.channels), (*strides, wire.itemsize)
        pixels = np.ndarray(shape, wire, message.data, strides=strides)
        native = np.ascontiguousarray(pixels, dtype=pixel.dtype)
        return _recolour(native, message.encoding, encoding)

    def to_message(self, pixels: NDArray[Any], encoding: str) -> Image:
        """With rows next to each other, in this machine's byte order."""
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
