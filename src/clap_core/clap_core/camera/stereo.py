"""What a stereo depth camera makes of exact depth.

Errors are made where such a camera makes them, in the disparity d = f b / z: noise of constant
standard deviation, so that the depth's grows with z^2, and rounding to the sensor's steps. Pixels
that the right imager cannot see, and surfaces seen at a grazing angle, give no reading. Shared by
the simulated cameras and by training, which adds the noise to exact depth when it reads it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.compiled import compiled

TABLE_SIZE = 1 << 18
"""Normal numbers that are drawn once: drawing 300,000 for each image takes longer than rendering
it; reading each row from a random place of a table of them does not, and looks the same."""


class DepthConfig(BaseModel, frozen=True, extra="forbid"):
    """What makes simulated depth resemble that of a D435; each effect has its switch.

    Figures: Intel's tuning guide for D400 cameras (sub-pixel error about 0.08 px on textured
    surfaces, baseline 50 mm, 5-bit sub-pixel disparity, least distance 0.28 m at this resolution).
    """

    noise: bool = Field(True, description="Add noise that grows with the square of the distance.")
    subpixel_px: float = Field(
        0.08, description="Standard deviation of the disparity in pixels.", ge=0.0, le=2.0
    )
    quantization: bool = Field(True, description="Round the disparity to the sensor's steps.")
    disparity_step_px: float = Field(
        1.0 / 32.0, description="Step of the disparity in pixels.", gt=0.0, le=1.0
    )
    grazing_holes: bool = Field(
        True,
        description="No depth on surfaces seen at a grazing angle, nor on the outlines of things.",
    )
    max_incidence_deg: float = Field(
        82.0,
        description="Largest angle in degrees between the view and the surface's normal.",
        gt=0.0,
        le=90.0,
    )
    stereo_shadow: bool = Field(
        True, description="No depth where the right imager's view is blocked by something nearer."
    )
    baseline_m: float = Field(0.05, description="Distance of the two imagers in m.", gt=0.0, le=0.5)
    range_limits: bool = Field(True, description="No depth nearer or farther than the limits.")
    min_range_m: float = Field(0.28, description="Least distance in m.", ge=0.0)
    max_range_m: float = Field(3.0, description="Largest distance in m.", gt=0.0, le=65.0)
    seed: int = Field(0, description="Seed of the noise; the same seed gives the same.", ge=0)


def measure_stereo(
    exact_m: NDArray[np.float32],
    intrinsics: CameraIntrinsics,
    config: DepthConfig,
    table: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    max_range_m: float,
    stereo_focal_px: float | None = None,
) -> NDArray[np.uint16]:
    """Depth as a stereo camera measures it.

    Args:
        exact_m: [H, W] true depth along the optical axis, above 0.
        intrinsics: of the image.
        config: which effects, and how strong; its seed is not used.
        table: [TABLE_SIZE] normal numbers.
        rng: chooses each row's place in the table.
        max_range_m: farther than this is no reading, if `config.range_limits` does not say.
        stereo_focal_px: focal length of the imagers in their own pixels, in which the disparity
            is measured; that of the image if None. An image that was made smaller does not have
            a noisier depth.

    Returns:
        [H, W] millimetres; 0 is no reading.
    """
    depth_mm = np.empty(exact_m.shape, dtype=np.uint16)
    starts = rng.integers(TABLE_SIZE - intrinsics.width, size=intrinsics.height)
    focal = intrinsics.fx if stereo_focal_px is None else stereo_focal_px
    _measure(
        exact_m,
        np.float32(intrinsics.fx),
        np.float32(intrinsics.cx),
        np.float32(intrinsics.cy),
        np.float32(focal * config.baseline_m),
        np.float32(intrinsics.fx / focal),
        np.float32(config.subpixel_px if config.noise else 0.0),
        np.float32(1.0 / config.disparity_step_px if config.quantization else 0.0),
        np.float32(np.cos(np.radians(config.max_incidence_deg)) if config.grazing_holes else 0.0),
        config.stereo_shadow,
        np.float32(config.min_range_m if config.range_limits else 0.0),
        np.float32(config.max_range_m if config.range_limits else max_range_m),
        table,
        starts,
        depth_mm,
    )
    return depth_mm


# All of fast arithmetic but the assumption that nothing is infinite or NaN.
_FAST = {"reassoc", "contract", "arcp", "nsz"}


@compiled(fastmath=_FAST)
def _measure(
    exact: NDArray[np.float32],
    focal: np.float32,
    cx: np.float32,
    cy: np.float32,
    focal_baseline: np.float32,
    image_per_stereo_px: np.float32,
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
            in_right_image = np.float32(u) - image_per_stereo_px * disparity
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
