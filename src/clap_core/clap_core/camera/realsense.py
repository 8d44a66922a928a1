"""What realsense-ros calls a camera's frames, and how they stand to each other."""

from __future__ import annotations

import numpy as np

LINK_T_OPTICAL = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""From a camera's link (x forward, y left, z up) to its optical frame (REP-103)."""


def link_frame(camera: str) -> str:
    """Frame whose pose a calibration gives; depth is measured from there."""
    return f"{camera}_link"


def color_frame(camera: str) -> str:
    """Optical frame of colour and of depth aligned to it."""
    return f"{camera}_color_optical_frame"


def depth_frame(camera: str) -> str:
    """Optical frame of depth."""
    return f"{camera}_depth_optical_frame"
