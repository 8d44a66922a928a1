"""Both poses by robust least squares over all corners, with the error that they claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from clap_calibration.closed_form import first_estimate
from clap_calibration.errors import BoardSizeError, InconsistentLooksError
from clap_calibration.looks import (
    Estimate,
    Look,
    Setup,
    board_jacobian,
    pose_jacobian,
    residuals,
)
from clap_calibration.rotations import require_rotation
from clap_core.errors import ErrorCode

MIN_LOOKS = 5
HUBER_FLOOR_PX = 0.3
HUBER_SIGMAS = 2.5
_MAD_TO_SIGMA = 1.4826

SUSPECT_TIMES = 4.0
SUSPECT_FLOOR_PX = 1.0
"""A look whose corners are so much further off than the others' was not taken at rest, or not from
where the arm said."""

MAX_SUSPECT_SHARE = 0.25

SCALE_TOLERANCE = 0.004
"""A ruler tells a printed board's size to 0.2 %; what differs by twice that is a wrong print."""

SCALE_SIGMAS = 4.0
_STEP = 1e-4


@dataclass(frozen=True)
class Calibration:
    """Where the camera is, and how well that is known.

    Attributes:
        estimate: of the camera's and the board's pose.
        covariance: [6, 6] of the camera's twist in its optical frame: shift (m), rotation (rad).
        rms_px: of the corners' reprojection errors.
        used: numbers of the looks that it stands on.
        suspects: numbers of the looks that were left out, as they contradict the others.
    """

    estimate: Estimate
    covariance: NDArray[np.float64]
    rms_px: float
    used: tuple[int, ...]
    suspects: tuple[int, ...]

    @property
    def claimed_mm(self) -> float:
        """Root mean square of the error that the camera's position is expected to have."""
        return float(1e3 * np.sqrt(np.trace(self.covariance[:3, :3])))

    @property
    def claimed_deg(self) -> float:
        """The same of its rotation, degrees."""
        return float(np.degrees(np.sqrt(np.trace(self.covariance[3:, 3:]))))


def calibrate(setup: Setup, looks: Sequence[Look], start: Estimate | None = None) -> Calibration:
    """Find both poses.

    Args:
        setup: board, camera, mounting.
        looks: at the board, from postures that differ.
        start: where to begin; found without any guess if None.

    Raises:
        MissingRotationError: the looks cannot tell.
        InconsistentLooksError: there are too few looks, or too many contradict the others.
        BoardSizeError: the board is larger or smaller than it is said to be.
    """
    if len(looks) < MIN_LOOKS:
        raise InconsistentLooksError(
            ErrorCode.INVALID_REQUEST,
            f"there are {len(looks)} looks, and {MIN_LOOKS} are needed",
            "Take more; 15 are a good number",
        )
    require_rotation([look.base_T_hand for look in looks])
    estimate = refine(setup, looks, start or first_estimate(setup, looks))
    used = list(range(len(looks)))
    suspects: list[int] = []
    while bad := _worst(setup, looks, used, estimate):
        suspects += bad
        used = [number for number in used if number not in bad]
        if len(suspects) > MAX_SUSPECT_SHARE * len(looks) or len(used) < MIN_LOOKS:
            raise _inconsistent(setup, looks, estimate)
        kept = [looks[number] for number in used]
        require_rotation([look.base_T_hand for look in kept])
        estimate = refine(setup, kept, first_estimate(setup, kept))
    kept = [looks[number] for number in used]
    _check_size(setup, kept, estimate)
    errors = residuals(setup, kept, estimate)
    flat = np.concatenate(errors)
    rms_px = float(np.sqrt(2.0 * np.mean(flat**2)))
    whole = covariance(jacobians(setup, kept, estimate), errors, _huber_px(flat))
    return Calibration(estimate, whole[:6, :6], rms_px, tuple(used), tuple(sorted(suspects)))


def refine(setup: Setup, looks: Sequence[Look], start: Estimate) -> Estimate:
    """Least squares over all corners, robust by Huber's loss; its width follows the errors."""
    estimate = start
    huber_px = 10.0
    for _ in range(2):
        origin = estimate
        found = least_squares(
            lambda delta, origin=origin: np.concatenate(
                residuals(setup, looks, origin.moved(delta))
            ),
            np.zeros(12),
            loss="huber",
            f_scale=huber_px,
            x_scale="jac",
            method="trf",
            max_nfev=100,
        )
        estimate = origin.moved(found.x)
        huber_px = _huber_px(np.concatenate(residuals(setup, looks, estimate)))
    return estimate


def jacobians(setup: Setup, looks: Sequence[Look], estimate: Estimate) -> list[NDArray[np.float64]]:
    """For each look [2 N, 12]: how its residuals move with both poses."""
    found = []
    for look in looks:
        seen = estimate.camera_T_board(setup, look.base_T_hand)
        points = setup.board.corners[look.corners.ids]
        found.append(board_jacobian(setup.intrinsics, seen, points) @ pose_jacobian(seen))
    return found


def covariance(
    slopes: Sequence[NDArray[np.float64]], errors: Sequence[NDArray[np.float64]], huber_px: float
) -> NDArray[np.float64]:
    """What the errors say about the spread of the parameters, with each look as one observation.

    The corners of a look err together, for the arm was not quite where it said. So the looks, not
    the corners, are counted: the cluster-robust "sandwich" with the CR2 correction (Bell and
    McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples",
    2002), which allows for the share of its own error that each look fits away.

    Args:
        slopes: for each look [M, P] derivatives of its residuals.
        errors: for each look [M] residuals, pixels.
        huber_px: width of the loss.

    Returns:
        [P, P] in the parameters' units.
    """
    parts = []
    for slope, error in zip(slopes, errors, strict=True):
        weight = np.minimum(1.0, huber_px / np.maximum(np.abs(error), 1e-12))
        parts.append((slope.T @ (weight[:, None] * slope), slope.T @ (weight * error)))
    whole = np.sum([gram for gram, _ in parts], axis=0)
    values, vectors = np.linalg.eigh(_balanced(whole)[0])
    scale = _balanced(whole)[1]
    root = (vectors * np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    inverse_root = (vectors / np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    meat = np.zeros_like(whole)
    for gram, gradient in parts:
        share, axes = np.linalg.eigh(inverse_root @ (gram / np.outer(scale, scale)) @ inverse_root)
        stretch = (axes / np.sqrt(np.maximum(1.0 - share, 0.05))) @ axes.T
        score = root @ stretch @ inverse_root @ (gradient / scale)
        meat += np.outer(score, score)
    bread = inverse_root @ inverse_root
    return np.asarray(bread @ meat @ bread / np.outer(scale, scale))


def _balanced(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The matrix with ones on its diagonal, and the units that it was divided by."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-30))
    return matrix / np.outer(scale, scale), scale


def _huber_px(errors: NDArray[np.float64]) -> float:
    return float(max(HUBER_FLOOR_PX, HUBER_SIGMAS * _MAD_TO_SIGMA * np.median(np.abs(errors))))


def _worst(
    setup: Setup, looks: Sequence[Look], used: Sequence[int], estimate: Estimate
) -> list[int]:
    """The look that contradicts the others most, if one does."""
    errors = residuals(setup, [looks[number] for number in used], estimate)
    rms = np.array([np.sqrt(2.0 * np.mean(error**2)) for error in errors])
    limit = max(SUSPECT_FLOOR_PX, SUSPECT_TIMES * float(np.median(rms)))
    worst = int(np.argmax(rms))
    return [used[worst]] if rms[worst] > limit else []


def _check_size(setup: Setup, looks: Sequence[Look], estimate: Estimate) -> None:
    """The arm's motion has a length, so the looks also tell how large the board is."""
    width = _huber_px(np.concatenate(residuals(setup, looks, estimate)))
    found = least_squares(
        lambda delta: np.concatenate(
            residuals(setup, looks, estimate.moved(delta), 1.0 + delta[12])
        ),
        np.zeros(13),
        x_scale="jac",
        loss="huber",
        f_scale=width,
    )
    there, size = estimate.moved(found.x), 1.0 + found.x[12]
    ahead, behind = (residuals(setup, looks, there, size + step) for step in (_STEP, -_STEP))
    slopes = [
        np.column_stack([slope, (more - less) / (2 * _STEP)])
        for slope, more, less in zip(jacobians(setup, looks, there), ahead, behind, strict=True)
    ]
    spread = covariance(slopes, residuals(setup, looks, there, size), width)
    sigma = np.sqrt(spread[12, 12])
    off = float(found.x[12])
    if abs(off) > max(SCALE_TOLERANCE, SCALE_SIGMAS * sigma):
        told = setup.board.square_m * 1e3
        raise BoardSizeError(
            ErrorCode.INVALID_REQUEST,
            f"by the arm's motion the board's squares are {told * (1 + off):.2f} mm wide, not "
            f"{told:g} mm ({100 * off:+.1f} %)",
            "Measure ten squares with a ruler and write square_m and marker_m into the board's "
            "file (--board); print at 100 %, not 'fit to page'",
        )


def _inconsistent(
    setup: Setup, looks: Sequence[Look], estimate: Estimate
) -> InconsistentLooksError:
    rms = [np.sqrt(2.0 * np.mean(error**2)) for error in residuals(setup, looks, estimate)]
    return InconsistentLooksError(
        ErrorCode.INVALID_REQUEST,
        f"the looks contradict each other: their corners are off by {min(rms):.1f} to "
        f"{max(rms):.1f} px",
        "Check that board and camera are fixed tightly, that the camera's camera_info is its own, "
        "and that the images and the joints are of one robot; then take the looks again",
    )
