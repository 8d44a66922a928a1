"""Images as a camera without distortion would have taken them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.distortion import Plane, distortion
from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode

MIN_COVERED = 0.25
"""With less of the image left the coefficients cannot be the lens's."""


class Rectification:
    """Takes the lens's distortion out of a camera's images.

    The rectified image has the same camera matrix and size. Where the lens saw nothing, colour is
    black and depth is 0, no reading.

    Args:
        intrinsics: of the images, before and after.
        model: name of the lens model, as in camera_info.
        coefficients: of the model.

    Raises:
        ClapError: INVALID_REQUEST for a model that is not known, or coefficients that are not of
            a lens.
    """

    def __init__(
        self, intrinsics: CameraIntrinsics, model: str = "", coefficients: Sequence[float] = ()
    ) -> None:
        self.intrinsics = intrinsics
        self._source: NDArray[np.intp] | None = None
        found = distortion(model, coefficients)
        if found is None:
            return
        lens, d = found
        k = intrinsics
        u, v = np.meshgrid(np.arange(float(k.width)), np.arange(float(k.height)))
        x: Plane = (u - k.cx) / k.fx
        y: Plane = (v - k.cy) / k.fy
        with np.errstate(all="ignore"):
            xd, yd = lens(x, y, d)
            # Beyond its first turning point a polynomial folds the image over itself.
            r = np.linspace(0.0, float(np.hypot(x, y).max()), 1000)
            rising = np.diff(lens(r, np.zeros_like(r), d)[0]) > 0
            limit = np.inf if rising.all() else r[int(np.argmin(rising))]
            source_u, source_v = k.cx + k.fx * xd, k.cy + k.fy * yd
            inside = (
                (np.hypot(x, y) <= limit)
                & (source_u >= 0)
                & (source_u <= k.width - 1)
                & (source_v >= 0)
                & (source_v <= k.height - 1)
            )
        if inside.mean() < MIN_COVERED:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the distortion {model} {list(coefficients)} leaves {inside.mean():.0%} of an "
                "image",
                "Calibrate the camera again: no lens has these coefficients",
            )
        source_u, source_v = np.where(inside, (source_u, source_v), 0.0)
        self._source = np.rint(source_v).astype(np.intp) * k.width + np.rint(source_u).astype(
            np.intp
        )
        self._outside = ~inside

    @property
    def is_needed(self) -> bool:
        """Whether the lens distorts at all."""
        return self._source is not None

    def apply(self, view: CameraView) -> CameraView:
        """The view with both images rectified; itself where the lens does not distort.

        Both are taken from the same, nearest pixel: between two surfaces there is no depth, and no
        colour that belongs to either.

        Args:
            view: of this camera.
        """
        if self._source is None:
            return view
        rgb = view.rgb.reshape(-1, 3).take(self._source, axis=0)
        depth = view.depth.reshape(-1).take(self._source)
        rgb[self._outside], depth[self._outside] = 0, 0
        return replace(view, rgb=rgb, depth=depth)
