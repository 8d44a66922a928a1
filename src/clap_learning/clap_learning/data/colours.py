"""Changes of a picture's colours: another camera, another light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_LEVELS = 256


def jittered(
    rgb: NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A picture with other saturation, white balance, contrast and brightness.

    Args:
        rgb: [H, W, 3].
        strength: 0.2 changes each of them by up to 20 %, and the white balance by up to 10 %.
        rng: draws the changes.
    """
    if strength <= 0.0:
        return rgb
    saturation, contrast = rng.uniform(1.0 - strength, 1.0 + strength, 2)
    white = rng.uniform(1.0 - 0.5 * strength, 1.0 + 0.5 * strength, 3)
    brightness = rng.uniform(-0.5 * strength, 0.5 * strength) * (_LEVELS - 1)
    # All are linear, so one matrix does: towards gray, then each channel, then about the middle.
    towards_gray = saturation * np.eye(3) + (1.0 - saturation) * np.tile(_LUMA, (3, 1))
    matrix = contrast * white[:, None] * towards_gray
    offset = 0.5 * (_LEVELS - 1) * (1.0 - contrast) + brightness
    both = np.hstack([matrix, np.full((3, 1), offset)])
    return np.asarray(cv2.transform(rgb, both), dtype=np.uint8)
