"""One look of one camera at the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import nearest_rigid


@dataclass(frozen=True)
class CameraView:
    """A colour image, the depth aligned to it, and where the camera was.

    Attributes:
        name: of the camera, for messages.
        depth: [H, W] distance along the optical axis; uint16 millimetres or float32 metres
            (REP-118), 0 or NaN where nothing was measured.
        rgb: [H, W, 3] uint8.
        intrinsics: of both images.
        base_T_camera: [4, 4] pose of the camera's optical frame in the base frame, metres; made
            exactly rigid.
        stamp_ns: time of capture.
        frame: name of the optical frame; empty where nobody asks for it.

    Raises:
        ClapError: INVALID_REQUEST when shapes or types do not fit together.
    """

    name: str
    depth: NDArray[np.uint16] | NDArray[np.float32]
    rgb: NDArray[np.uint8]
    intrinsics: CameraIntrinsics
    base_T_camera: NDArray[np.float64]
    stamp_ns: int = 0
    frame: str = ""

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
        try:
            pose = nearest_rigid(self.base_T_camera)
        except ValueError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"camera '{self.name}': base_T_camera {error}",
                "Give the camera's pose as a [4, 4] rigid transform in metres; look at its "
                "calibration",
            ) from error
        object.__setattr__(self, "base_T_camera", pose)

    def _invalid(self, what: str) -> ClapError:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"camera '{self.name}': {what}",
            "Give colour, aligned depth and camera_info of the same camera and profile",
        )
