"""Points of the base frame in the cameras' images, and whether a camera saw them."""

from __future__ import annotations

import torch
from torch import Tensor

NEAREST_M = 0.01
"""Points less far than this in front of a camera, or behind it, are in no image."""


def project(points: Tensor, intrinsics: Tensor, base_T_camera: Tensor) -> tuple[Tensor, Tensor]:
    """Project points into every view of their scene.

    The rigid inverse is written out, so that views that do not exist may hold zeros. In mixed
    precision this stays in float32: bfloat16 would be 4 mm, or half a pixel, off.

    Args:
        points: [B, G, 3] m in the base frame.
        intrinsics: [B, V, 3, 3] camera matrices, pixels.
        base_T_camera: [B, V, 4, 4] poses of the optical frames in the base frame, m.

    Returns:
        Columns and rows [B, V, G, 2] in pixels, whole numbers being pixels' centres, and the
        distances [B, V, G] in m along the optical axis. Where a distance is below ``NEAREST_M``
        the pixel is far outside the image, but finite.
    """
    with torch.autocast(points.device.type, enabled=False):
        rotation, origin = base_T_camera[..., :3, :3], base_T_camera[..., :3, 3]
        in_camera = (points[:, None] - origin[:, :, None]) @ rotation
        depth_m = in_camera[..., 2]
        in_front = depth_m >= NEAREST_M
        rays = in_camera / torch.where(in_front, depth_m, 1.0)[..., None]
        pixels = (rays @ intrinsics.transpose(-1, -2))[..., :2]
    return torch.where(in_front[..., None], pixels, -1e4), depth_m


def seen(
    pixels: Tensor, depth_m: Tensor, measured_m: Tensor, view_mask: Tensor, tolerance_m: float
) -> Tensor:
    """Which points a view shows.

    A point is seen where the depth image measured something that is not nearer than the point by
    more than the tolerance. If what was measured is *farther*, the point counts as seen: it is on
    an edge, and next to its pixel. Where nothing was measured nobody can tell: not seen.

    Args:
        pixels, depth_m: [B, V, G, 2] and [B, V, G], see `project`.
        measured_m: [B, V, H, W] depth images in m, 0 where nothing was measured.
        view_mask: [B, V] whether the view exists.
        tolerance_m: for the depth's noise, and for a patch's centre not being its surface.

    Returns:
        [B, V, G] bool.
    """
    height, width = measured_m.shape[-2:]
    nearest = pixels.round().long()
    columns, rows = nearest[..., 0], nearest[..., 1]
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    index = rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)
    there = measured_m.flatten(2).gather(2, index)
    not_hidden = (there > 0.0) & (depth_m <= there + tolerance_m)
    return inside & not_hidden & (depth_m >= NEAREST_M) & view_mask[..., None]


def to_cells(pixels: Tensor, image_size: tuple[int, int], map_size: tuple[int, int]) -> Tensor:
    """Pixels to cells of a map that divides the image evenly.

    Args:
        pixels: [..., 2] columns and rows; whole numbers are pixels' centres.
        image_size: height and width, pixels.
        map_size: height and width, cells.

    Returns:
        [..., 2] columns and rows; whole numbers are cells' middles.
    """
    (height, width), (rows, columns) = image_size, map_size
    scale = pixels.new_tensor([columns / width, rows / height])
    return (pixels + 0.5) * scale - 0.5
