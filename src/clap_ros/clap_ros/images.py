"""Arrays and intrinsics to image messages of rclpy; ``clap_core.camera`` reads them."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from clap_core.camera import CameraIntrinsics
from clap_core.camera.camera_info import camera_info_fields
from clap_core.camera.image_message import image_fields


def to_message(array: NDArray[Any], encoding: str, header: Header | None = None) -> Image:
    """A message of an array.

    Args:
        array: [H, W] or [H, W, 3], of the encoding's type.
        encoding: rgb8, bgr8, mono8, 16UC1 or 32FC1.
        header: its stamp and frame.

    Raises:
        ClapError: INVALID_REQUEST when array and encoding do not fit.
    """
    return Image(**image_fields(array, encoding), header=header or Header())


def intrinsics_to_message(camera: CameraIntrinsics, header: Header | None = None) -> CameraInfo:
    """A CameraInfo message of a camera without distortion.

    Args:
        camera: the model.
        header: stamp and optical frame.
    """
    return CameraInfo(**camera_info_fields(camera), header=header or Header())
