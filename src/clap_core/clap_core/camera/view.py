"""One look of one camera at the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.errors import ClapError, ErrorCode

RIGID_TOLERANCE = 1e-4
"""How far a rotation matrix may be from orthonormal (float32 quaternions stay far below)."""


@dataclass(frozen=True)
class CameraView:
    """A colour image, the depth aligned to it, and where the camera was.

    Attributes:
        name: of the camera, for messages.
        depth: [H, W] distance along the optical axis; uint16 millimetres or float32 metres
            (REP-118), 0 or NaN where nothing was measured.
        rgb: [H, W, 3] uint8.
        intrinsics: of both images.
        base_T_camera: [4, 4] pose of the camera's optical frame in the base frame, metres.
        stamp_ns: time of capture.

    Raises:
        ClapError: INVALID_REQUEST when shapes or types do not fit together.
    """

    name: str
    depth: NDArray[np.uint16] | NDArray[np.float32]
    rgb: NDArray[np.uint8]
    intrinsics: CameraIntrinsics
    base_T_camera: NDArray[np.float64]
    stamp_ns: int = 0

    def __post_init__(self) -> None:
        size = (self.intrinsics.height, self.intrinsics.width)
        if self.depth.shape != size or self.depth.dtype not in (np.uint16, np.float32):
            raise self._invalid(
                f"depth is {self.depth.dtype} {self.depth.shape}, but must be uint16 (mm) or "
                f"float32 (m) {size} as camera_info says"
            )
        if self.rgb.shape != (*size, 3) or self.rgb.dtype != np.uint8:
            raise self._invalid(
                f"colour is {self.rgb.dtype} {self.rgb.shape}, but must be uint8 {(*size, 3)}"
            )
        if not _is_rigid(self.base_T_camera):
            raise self._invalid("base_T_camera is not a finite [4, 4] rigid transform")

    def _invalid(self, what: str) -> ClapError:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"camera '{self.name}': {what}",
            "Give colour, aligned depth and camera_info of the same camera and profile",
        )


def _is_rigid(transform: NDArray[np.float64]) -> bool:
    if transform.shape != (4, 4) or not np.isfinite(transform).all():
        return False
    rotation = transform[:3, :3]
    error = np.abs(rotation @ rotation.T - np.eye(3)).max()
    last_row = np.abs(transform[3] - (0.0, 0.0, 0.0, 1.0)).max()
    return bool(max(error, last_row) < RIGID_TOLERANCE and np.linalg.det(rotation) > 0)
