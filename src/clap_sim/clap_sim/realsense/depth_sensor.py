"""From the renderer's exact depth buffer to what a stereo depth camera would measure."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clap_core.camera import CameraIntrinsics
from clap_sim.realsense.config import DepthConfig

_TABLE_BITS = 18
_TABLE_SIZE = 1 << _TABLE_BITS


class DepthSensor:
    """One camera's depth channel.

    Errors are made where a stereo camera makes them, in the disparity d = f b / z: noise of
    constant standard deviation (so the depth's grows with z^2) and rounding to steps. Pixels that
    the right imager cannot see, and surfaces seen at a grazing angle, give no reading.

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
        # Drawing 300,000 normal numbers takes longer than rendering; reading each row from a
        # random place of a table of them does not, and looks the same.
        self._table = self._rng.standard_normal(_TABLE_SIZE).astype(np.float32)
        self._exact = np.empty((intrinsics.height, intrinsics.width), dtype=np.float32)

    def measure(self, window_depth: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Depth image of the next frame.

        Args:
            window_depth: [H, W] reversed depth buffer of OpenGL (1 near, 0 far), lowest row first.

        Returns:
            [H, W] depth along the optical axis in millimetres, highest row first; 0 is no reading.
        """
        config, optics = self._config, self._intrinsics
        depth_mm = np.empty(self._exact.shape, dtype=np.uint16)
        starts = self._rng.integers(_TABLE_SIZE - optics.width, size=optics.height)
        _metric_depth(window_depth, self._near_m, self._far_m, self._exact)
        _measure(
            self._exact,
            np.float32(optics.fx),
            np.float32(optics.cx),
            np.float32(optics.cy),
            np.float32(optics.fx * config.baseline_m),
            np.float32(config.subpixel_px if config.noise else 0.0),
            np.float32(1.0 / config.disparity_step_px if config.quantization else 0.0),
            np.float32(
                np.cos(np.radians(config.max_incidence_deg)) if config.grazing_holes else 0.0
            ),
            config.stereo_shadow,
            np.float32(config.min_range_m if config.range_limits else 0.0),
            np.float32(config.max_range_m if config.range_limits else 0.999 * self._far_m),
            self._table,
            starts,
            depth_mm,
        )
        return depth_mm


@njit(cache=True, fastmath=True)
def _metric_depth(
    window: NDArray[np.float32], near: float, far: float, out: NDArray[np.float32]
) -> None:
    """Undo OpenGL's projection (reversed depth) and turn the image upright."""
    rows, columns = window.shape
    for v in range(rows):
        source = rows - 1 - v
        for u in range(columns):
            out[v, u] = far * near / (window[source, u] * (far - near) + near)


@njit(cache=True, fastmath=True)
def _measure(
    exact: NDArray[np.float32],
    focal: np.float32,
    cx: np.float32,
    cy: np.float32,
    focal_baseline: np.float32,
    sigma_px: np.float32,
    steps_per_px: np.float32,
    min_cos: np.float32,
    stereo_shadow: bool,
    min_range: np.float32,
    max_range: np.float32,
    table: NDArray[np.float32],
    starts: NDArray[np.int64],
    out: NDArray[np.uint16],
) -> None:
    rows, columns = exact.shape
    half, one = np.float32(0.5), np.float32(1.0)
    millimetres_of_disparity = np.float32(1000.0) * focal_baseline
    inverse_focal2 = one / (focal * focal)
    for v in range(rows):
        above, below = max(v - 1, 0), min(v + 1, rows - 1)
        per_row = one / np.float32(max(below - above, 1))
        ray_v = np.float32(v) - cy
        start = starts[v]
        # Columns of the right imager that are taken by something farther right in this image:
        # a point is hidden there if it falls to the right of one of them.
        leftmost = np.float32(1e9)
        for u in range(columns - 1, -1, -1):
            z = exact[v, u]
            disparity = focal_baseline / z
            in_right_image = np.float32(u) - disparity
            hidden = stereo_shadow and in_right_image >= leftmost
            leftmost = min(leftmost, in_right_image)
            out[v, u] = 0
            if hidden or z < min_range or z > max_range:
                continue
            if min_cos > 0.0:
                before, after = max(u - 1, 0), min(u + 1, columns - 1)
                dz_du = exact[v, after] - exact[v, before]
                dz_du = dz_du * half if after - before == 2 else dz_du
                dz_dv = (exact[below, u] - exact[above, u]) * per_row
                ray_u = np.float32(u) - cx
                # Normal of the surface in units where the ray is (ray_u, ray_v, focal) / focal;
                # their scalar product is -z.
                n_u, n_v = focal * dz_du, focal * dz_dv
                n_z = z + ray_u * dz_du + ray_v * dz_dv
                ray2 = (ray_u * ray_u + ray_v * ray_v) * inverse_focal2 + one
                if z * z < min_cos * min_cos * ray2 * (n_u * n_u + n_v * n_v + n_z * n_z):
                    continue
            if sigma_px > 0.0:
                disparity += sigma_px * table[start + u]
            if steps_per_px > 0.0:
                disparity = np.floor(disparity * steps_per_px + half) / steps_per_px
            if disparity > 0.0:
                millimetres = millimetres_of_disparity / disparity + half
                if millimetres < 65535.0:
                    out[v, u] = np.uint16(millimetres)
