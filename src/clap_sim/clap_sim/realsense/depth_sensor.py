"""From the renderer's exact depth buffer to what a stereo depth camera would measure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics
from clap_core.camera.stereo import TABLE_SIZE, measure_stereo
from clap_core.compiled import compiled
from clap_sim.realsense.config import DepthConfig


class DepthSensor:
    """One camera's depth channel; `clap_core.camera.stereo` says what it does to depth.

    Args:
        intrinsics: of the image.
        config: which effects, and how strong.
        near_m, far_m: the renderer's clip planes.
        stream: number of the camera, so that cameras with one seed differ.
    """

    def __init__(
        self,
        intrinsics: CameraIntrinsics,
        config: DepthConfig,
        near_m: float,
        far_m: float,
        stream: int = 0,
    ) -> None:
        self._intrinsics = intrinsics
        self._config = config
        self._near_m, self._far_m = near_m, far_m
        self._rng = np.random.default_rng([config.seed, stream])
        self._table = self._rng.standard_normal(TABLE_SIZE).astype(np.float32)
        self._exact = np.empty((intrinsics.height, intrinsics.width), dtype=np.float32)

    def measure(self, window_depth: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Depth image of the next frame.

        Args:
            window_depth: [H, W] reversed depth buffer of OpenGL (1 near, 0 far), lowest row first.

        Returns:
            [H, W] depth along the optical axis in millimetres, highest row first; 0 is no reading.
        """
        metric_depth(window_depth, self._near_m, self._far_m, self._exact)
        return measure_stereo(
            self._exact,
            self._intrinsics,
            self._config,
            self._table,
            self._rng,
            max_range_m=0.999 * self._far_m,
        )


@compiled(fastmath={"reassoc", "contract", "arcp", "nsz"})
def metric_depth(
    window: NDArray[np.float32], near: float, far: float, out: NDArray[np.float32]
) -> None:
    """Undo OpenGL's projection (reversed depth) and turn the image upright."""
    rows, columns = window.shape
    for v in range(rows):
        source = rows - 1 - v
        for u in range(columns):
            out[v, u] = far * near / (window[source, u] * (far - near) + near)
