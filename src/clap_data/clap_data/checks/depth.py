"""Whether depth images are in the unit that their encoding stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.projection import MILLIMETRES_PER_METRE

NEAREST_M, FURTHEST_M = 0.05, 12.0
"""The middle of what a camera at a table sees is between."""

LEAST_PIXELS = 0.01
"""Share of the pixels that must tell something, to be judged."""


def depth_problem(depth: NDArray[Any]) -> str:
    """Why a depth image is in a wrong unit; empty if it may be right.

    Args:
        depth: [H, W] uint16 in mm or float in m, as REP 118 has them.
    """
    is_millimetres = depth.dtype == np.uint16
    values = depth.astype(np.float64) / (MILLIMETRES_PER_METRE if is_millimetres else 1.0)
    values = values[np.isfinite(values) & (values > 0.0)]
    if values.size < LEAST_PIXELS * depth.size:
        return ""
    middle_m = float(np.median(values))
    if NEAREST_M <= middle_m <= FURTHEST_M:
        return ""
    kind = "16UC1" if is_millimetres else "32FC1"
    looks = "metres" if is_millimetres and middle_m < NEAREST_M else "millimetres"
    if is_millimetres and middle_m > FURTHEST_M:
        looks = "another unit"
    return f"shows things {middle_m:.3g} m away in {kind}, as if it were in {looks}"
