"""Layouts of pixels in image messages, and what an image must be to be converted."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode


class ImageMessage(Protocol):
    """The fields of sensor_msgs/msg/Image, of any library's class."""

    height: int
    width: int
    encoding: str
    is_bigendian: Any
    step: int
    data: Any


class PixelFormat(NamedTuple):
    """Layout of one pixel.

    Attributes:
        dtype: of a channel.
        channels: number of channels.
    """

    dtype: np.dtype[np.generic]
    channels: int


FORMATS = {
    "rgb8": PixelFormat(np.dtype(np.uint8), 3),
    "bgr8": PixelFormat(np.dtype(np.uint8), 3),
    "mono8": PixelFormat(np.dtype(np.uint8), 1),
    "16UC1": PixelFormat(np.dtype(np.uint16), 1),
    "32FC1": PixelFormat(np.dtype(np.float32), 1),
}

CONVERTIBLE = frozenset({"rgb8", "bgr8", "mono8"})
"""Encodings that convert into each other."""


def check_message(message: ImageMessage) -> None:
    """Refuse a message whose data is not what its header says.

    Raises:
        ClapError: INVALID_REQUEST.
    """
    pixel = _format(message.encoding)
    row_bytes = message.width * pixel.channels * pixel.dtype.itemsize
    if message.width < 1 or message.height < 1:
        raise _invalid(f"an image of {message.width}x{message.height} pixels")
    if message.step < row_bytes:
        raise _invalid(
            f"an image with step {message.step}, but a row of {message.width} {message.encoding} "
            f"pixels takes {row_bytes} bytes"
        )
    # The last row need not be padded.
    needed = message.step * (message.height - 1) + row_bytes
    if len(message.data) < needed:
        raise _invalid(
            f"an image of {len(message.data)} bytes, but {message.width}x{message.height} "
            f"{message.encoding} with step {message.step} takes {needed}"
        )


def check_conversion(source: str, target: str) -> None:
    """Refuse a conversion that has no meaning.

    Raises:
        ClapError: INVALID_REQUEST.
    """
    _format(target)
    if source != target and not {source, target} <= CONVERTIBLE:
        raise _invalid(f"{source}, which does not convert to {target}")


def check_array(array: NDArray[np.generic], encoding: str) -> None:
    """Refuse an array that is not of an encoding.

    Raises:
        ClapError: INVALID_REQUEST.
    """
    pixel = _format(encoding)
    shape_fits = (
        array.ndim == 2
        if pixel.channels == 1
        else (array.ndim == 3 and array.shape[2] == pixel.channels)
    )
    if not shape_fits or array.size == 0 or array.dtype != pixel.dtype:
        raise _invalid(f"an array of {array.dtype} {array.shape} as {encoding}")


def _format(encoding: str) -> PixelFormat:
    if encoding not in FORMATS:
        raise _invalid(f"encoding '{encoding}'")
    return FORMATS[encoding]


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"cannot convert {what}",
        f"Let the camera driver publish one of {', '.join(FORMATS)}, with matching width, height "
        "and step",
    )
