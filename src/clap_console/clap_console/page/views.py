"""Pictures and points in the form in which a browser takes them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from clap_console.page.stack import Cloud
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud

JPEG_QUALITY = 75
MOST_POINTS = 15_000
_HEAT_SHARE = 0.55


def jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """A picture [H, W, 3] as JPEG.

    Raises:
        ClapError: INTERNAL where it cannot be encoded.
    """
    bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ClapError(
            ErrorCode.INTERNAL, f"a picture of shape {rgb.shape} is no JPEG", "Please report it"
        )
    return bytes(data)


def with_heat(rgb: NDArray[np.uint8], heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A picture [H, W, 3] with a heatmap of any size over it, the hotter the less transparent."""
    height, width = rgb.shape[:2]
    heat = np.nan_to_num(cv2.resize(heat.astype(np.float32), (width, height)))
    span = float(heat.max() - heat.min())
    if span <= 0.0:
        return rgb
    level = (heat - heat.min()) / span
    colour = cv2.cvtColor(
        cv2.applyColorMap((255 * level).astype(np.uint8), cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB
    )
    share = (_HEAT_SHARE * level)[..., np.newaxis]
    mixed: NDArray[np.uint8] = (rgb * (1.0 - share) + colour * share).astype(np.uint8)
    return mixed


def packed(cloud: PointCloud) -> Cloud:
    """A cloud for the page; of a large one, each so many-th point."""
    step = max(1, -(-len(cloud) // MOST_POINTS))
    xyz = np.ascontiguousarray(cloud.xyz[::step], dtype="<f4")
    rgb = np.ascontiguousarray(cloud.rgb[::step], dtype=np.uint8)
    return Cloud(xyz.tobytes() + rgb.tobytes(), len(xyz), cloud.stamp_ns)
