"""Exact views as a D435 with a calibration of its own would have taken them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from clap_core.camera.stereo import TABLE_SIZE, DepthConfig, measure_stereo
from clap_core.camera.view import CameraView

LAB_OFF_M = 0.005
LAB_OFF_RAD = float(np.radians(0.5))
"""How far a camera commonly is from where its calibration has it."""

_FAR_M = 65.0


def miscalibration(off_m: float, off_rad: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """From where a camera is to where its calibration has it.

    Args:
        off_m, off_rad: how far apart these are, in any direction and about any axis.
        rng: draws them.

    Returns:
        [4, 4] camera_T_told, in the camera's frame.
    """
    camera_T_told = np.eye(4)
    camera_T_told[:3, :3] = Rotation.from_rotvec(_direction(rng) * off_rad).as_matrix()
    camera_T_told[:3, 3] = _direction(rng) * off_m
    return camera_T_told


def as_measured(view: CameraView, rng: np.random.Generator) -> CameraView:
    """A view with exact depth, as a laboratory's camera has it: noise, holes, miscalibration."""
    exact_m = np.where(view.depth > 0, view.depth.astype(np.float32) / 1000.0, np.float32(_FAR_M))
    table = rng.standard_normal(TABLE_SIZE, dtype=np.float32)
    depth = measure_stereo(
        exact_m, view.intrinsics, DepthConfig(), table, rng, max_range_m=0.5 * _FAR_M
    )
    told = view.base_T_camera @ miscalibration(LAB_OFF_M, LAB_OFF_RAD, rng)
    return replace(view, depth=depth, base_T_camera=told)


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    """[3] unit vector, any."""
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))
