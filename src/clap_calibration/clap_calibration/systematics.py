"""Errors that all looks share and no residual shows: a board or a focal length of another size.

The arm's motion has a length. Either error makes things seem nearer or farther than they are, so
fitting one more number, the size, tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from clap_calibration.errors import BoardSizeError
from clap_calibration.looks import BoardLook, Estimate, Setup, residuals
from clap_calibration.spread import covariance, huber_px, jacobians
from clap_core.errors import ErrorCode

TOLERANCE = 0.004
"""A ruler tells a printed board's size to 0.2 %; what differs by twice that is a wrong print."""

SIGMAS = 4.0
_STEP = 1e-4

Errors = Callable[[Estimate, float], list[NDArray[np.float64]]]


@dataclass(frozen=True)
class Size:
    """By how much a size is off.

    Attributes:
        off: what it is by the arm's motion, over what it is said to be, less one.
        sigma: standard deviation of that.
        cost: of the fit, in squared pixels.
    """

    off: float
    sigma: float
    cost: float

    @property
    def is_wrong(self) -> bool:
        """Whether it is off by more than can be chance or a ruler."""
        return abs(self.off) > max(TOLERANCE, SIGMAS * self.sigma)


def focal_length(setup: Setup, looks: Sequence[BoardLook], estimate: Estimate) -> Size:
    """How the camera's focal length is off."""

    def errors(there: Estimate, size: float) -> list[NDArray[np.float64]]:
        k = setup.intrinsics
        lens = replace(k, fx=k.fx * size, fy=k.fy * size)
        return residuals(replace(setup, intrinsics=lens), looks, there)

    return _size(setup, looks, estimate, errors)


def board(setup: Setup, looks: Sequence[BoardLook], estimate: Estimate) -> Size:
    """How the board's size is off."""
    return _size(setup, looks, estimate, lambda there, size: residuals(setup, looks, there, size))


def require_board_size(setup: Setup, looks: Sequence[BoardLook], estimate: Estimate) -> None:
    """Refuse a board of another size than it is said to be.

    Raises:
        BoardSizeError: tells the size.
    """
    size = board(setup, looks, estimate)
    if not size.is_wrong or focal_length(setup, looks, estimate).cost < size.cost:
        return
    told = setup.board.square_m * 1e3
    raise BoardSizeError(
        ErrorCode.INVALID_REQUEST,
        f"by the arm's motion the board's squares are {told * (1 + size.off):.2f} mm wide, not "
        f"{told:g} mm ({100 * size.off:+.1f} %)",
        "Measure ten squares with a ruler and write square_m and marker_m into the board's file "
        "(--board); print at 100 %, not 'fit to page'",
    )


def _size(setup: Setup, looks: Sequence[BoardLook], estimate: Estimate, errors: Errors) -> Size:
    """Fit the size together with both poses."""
    width = huber_px(np.concatenate(errors(estimate, 1.0)))
    found = least_squares(
        lambda delta: np.concatenate(errors(estimate.moved(delta), 1.0 + delta[12])),
        np.zeros(13),
        x_scale="jac",
        loss="huber",
        f_scale=width,
    )
    there, size = estimate.moved(found.x), 1.0 + float(found.x[12])
    ahead, behind = (errors(there, size + step) for step in (_STEP, -_STEP))
    slopes = [
        np.column_stack([slope, (more - less) / (2 * _STEP)])
        for slope, more, less in zip(jacobians(setup, looks, there), ahead, behind, strict=True)
    ]
    spread = covariance(slopes, errors(there, size), width)
    return Size(size - 1.0, float(np.sqrt(spread[12, 12])), float(found.cost))
