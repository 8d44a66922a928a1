"""Lens models by the names that camera drivers publish, from an ideal pinhole to the real image."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

Plane = NDArray[np.float64]
"""Coordinates on the plane one metre before the camera: x/z or y/z."""

Model = Callable[[Plane, Plane, NDArray[np.float64]], tuple[Plane, Plane]]


def brown_conrady(x: Plane, y: Plane, d: NDArray[np.float64]) -> tuple[Plane, Plane]:
    """k1, k2, p1, p2, k3, then k4 to k6 of the rational model and s1 to s4 of the thin prism.

    As OpenCV defines it; coefficients that are not given are zero.
    """
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = np.pad(d[:12], (0, 12 - len(d[:12])))
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    return (
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + r2 * (s1 + r2 * s2),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + r2 * (s3 + r2 * s4),
    )


def modified_brown_conrady(x: Plane, y: Plane, d: NDArray[np.float64]) -> tuple[Plane, Plane]:
    """k1, k2, p1, p2, k3, the tangential terms on the radially distorted point.

    So librealsense projects into images of its models "modified" and "inverse Brown-Conrady".
    """
    k1, k2, p1, p2, k3 = np.pad(d[:5], (0, 5 - len(d[:5])))
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    x, y = x * radial, y * radial
    return (
        x + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y + 2 * p2 * x * y + p1 * (r2 + 2 * y * y),
    )


def equidistant(x: Plane, y: Plane, d: NDArray[np.float64]) -> tuple[Plane, Plane]:
    """k1 to k4 of Kannala and Brandt's fisheye model."""
    k1, k2, k3, k4 = np.pad(d[:4], (0, 4 - len(d[:4])))
    r = np.hypot(x, y)
    theta = np.arctan(r)
    t2 = theta * theta
    distorted = theta * (1 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))))
    scale = np.divide(distorted, r, out=np.ones_like(r), where=r > 1e-12)
    return x * scale, y * scale


MODELS: dict[str, tuple[Model, int]] = {
    "plumb_bob": (brown_conrady, 5),
    "brown_conrady": (brown_conrady, 5),
    "rational_polynomial": (brown_conrady, 12),
    "thin_prism": (brown_conrady, 12),
    "equidistant": (equidistant, 4),
    "fisheye": (equidistant, 4),
    "kannala_brandt4": (equidistant, 4),
    "modified_brown_conrady": (modified_brown_conrady, 5),
    "inverse_brown_conrady": (modified_brown_conrady, 5),
}
"""By name: the model and the number of its coefficients. realsense-ros says plumb_bob for all of
librealsense's Brown-Conrady models, which differ by a hundredth of a pixel."""


def distortion(
    name: str, coefficients: Sequence[float]
) -> tuple[Model, NDArray[np.float64]] | None:
    """The model of a camera_info; None for a camera without distortion.

    Args:
        name: of the model; case, blanks and hyphens do not matter.
        coefficients: of the model; zeros beyond those that it has are ignored.

    Raises:
        ClapError: INVALID_REQUEST for a model that is not known, or coefficients that are not its.
    """
    d = np.asarray(coefficients, dtype=np.float64)
    if not d.any():
        return None
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key not in MODELS:
        raise _refused(f"distortion model '{name}'", f"Publish one of {', '.join(MODELS)}")
    model, count = MODELS[key]
    if not np.isfinite(d).all() or d[count:].any():
        raise _refused(
            f"distortion coefficients {d.tolist()} of the model {key}",
            f"Give at most {count} finite ones: calibrate the camera again",
        )
    return model, d[:count]


def _refused(what: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, f"camera_info has the {what}", cure)
