"""Image messages to numpy arrays and back.

One converter everywhere, also where ROS has cv_bridge: apt's is built for NumPy 1 and fails beside
NumPy 2 at the first image (vision_opencv#535), and PyPI's package of that name decodes wrongly.
Tests hold the conversions of colour to OpenCV's, which are cv_bridge's.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from clap_ros.images.checks import check_array, check_conversion, check_message
from clap_ros.images.converter import message_of, pixels_of
from clap_ros.images.intrinsics import intrinsics_from_message, intrinsics_to_message

__all__ = ["intrinsics_from_message", "intrinsics_to_message", "to_array", "to_message"]


def to_array(message: Image, encoding: str = "") -> NDArray[Any]:
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
    return pixels_of(message, encoding or message.encoding)


def to_message(array: NDArray[Any], encoding: str, header: Header | None = None) -> Image:
    """A message of an array.

    Args:
        array: [H, W] or [H, W, 3], of the encoding's type.
        encoding: rgb8, bgr8, mono8, 16UC1 or 32FC1.
        header: its stamp and frame.

    Raises:
        ClapError: INVALID_REQUEST when array and encoding do not fit.
    """
    check_array(array, encoding)
    message = message_of(array, encoding)
    if header is not None:
        message.header = header
    return message
