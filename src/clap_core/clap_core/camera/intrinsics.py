"""The pinhole model of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

MAX_PIXELS = 1 << 26
"""Far above any camera's; a broken message must not ask for more memory than there is."""


@dataclass(frozen=True)
class CameraIntrinsics:
    """A pinhole camera without distortion, in its optical frame (x right, y down, z forward).

    A pixel's centre has whole-numbered coordinates, as in ROS and OpenCV.

    Attributes:
        width: columns, pixels.
        height: rows, pixels.
        fx: horizontal focal length, pixels.
        fy: vertical focal length, pixels.
        cx: column of the principal point, pixels.
        cy: row of the principal point, pixels.

    Raises:
        ClapError: INVALID_REQUEST when a value makes no camera.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        numbers = (self.fx, self.fy, self.cx, self.cy)
        if self.width < 1 or self.height < 1 or self.width * self.height > MAX_PIXELS:
            raise _invalid(f"an image of {self.width}x{self.height} pixels")
        if not all(isfinite(number) for number in numbers):
            raise _invalid(f"fx, fy, cx, cy = {numbers}, which are not all finite")
        if self.fx <= 0 or self.fy <= 0:
            raise _invalid(f"focal lengths fx = {self.fx}, fy = {self.fy}, which must be positive")

    @classmethod
    def from_field_of_view(cls, width: int, height: int, fovy_rad: float) -> CameraIntrinsics:
        """A camera with square pixels that looks through the middle of its image.

        Args:
            width: columns, pixels.
            height: rows, pixels.
            fovy_rad: vertical field of view, radians, in (0, pi).
        """
        focal = 0.5 * height / float(np.tan(0.5 * fovy_rad))
        return cls(width, height, focal, focal, 0.5 * (width - 1), 0.5 * (height - 1))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The [3, 3] camera matrix K."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the camera's intrinsics give {what}",
        "Check what publishes camera_info: a driver that is not calibrated sends zeros",
    )
