"""Both poses by robust least squares over all corners, with the error that they claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from clap_calibration.closed_form import first_estimate
from clap_calibration.errors import InconsistentLooksError
from clap_calibration.looks import BoardLook, Estimate, Setup, residuals
from clap_calibration.rotations import require_rotation
from clap_calibration.spread import covariance, huber_px, jacobians
from clap_calibration.systematics import require_board_size
from clap_core.errors import ErrorCode

MIN_LOOKS = 5
SUSPECT_TIMES = 4.0
SUSPECT_FLOOR_PX = 1.0
"""A look whose corners are so much further off than the others' was not taken at rest, or not from
where the arm said."""

MAX_SUSPECT_SHARE = 0.25


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


def calibrate(
    setup: Setup, looks: Sequence[BoardLook], start: Estimate | None = None
) -> Calibration:
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
    require_board_size(setup, kept, estimate)
    errors = residuals(setup, kept, estimate)
    flat = np.concatenate(errors)
    rms_px = float(np.sqrt(2.0 * np.mean(flat**2)))
    whole = covariance(jacobians(setup, kept, estimate), errors, huber_px(flat))
    return Calibration(estimate, whole[:6, :6], rms_px, tuple(used), tuple(sorted(suspects)))


def refine(setup: Setup, looks: Sequence[BoardLook], start: Estimate) -> Estimate:
    """Least squares over all corners, robust by Huber's loss; its width follows the errors."""
    estimate = start
    width_px = 10.0
    for _ in range(2):
        origin = estimate
        found = least_squares(
            lambda delta, origin=origin: np.concatenate(
                residuals(setup, looks, origin.moved(delta))
            ),
            np.zeros(12),
            loss="huber",
            f_scale=width_px,
            x_scale="jac",
            method="trf",
            max_nfev=100,
        )
        estimate = origin.moved(found.x)
        width_px = huber_px(np.concatenate(residuals(setup, looks, estimate)))
    return estimate


def _worst(
    setup: Setup, looks: Sequence[BoardLook], used: Sequence[int], estimate: Estimate
) -> list[int]:
    """The look that contradicts the others most, if one does."""
    errors = residuals(setup, [looks[number] for number in used], estimate)
    rms = np.array([np.sqrt(2.0 * np.mean(error**2)) for error in errors])
    limit = max(SUSPECT_FLOOR_PX, SUSPECT_TIMES * float(np.median(rms)))
    worst = int(np.argmax(rms))
    return [used[worst]] if rms[worst] > limit else []


def _inconsistent(
    setup: Setup, looks: Sequence[BoardLook], estimate: Estimate
) -> InconsistentLooksError:
    rms = [np.sqrt(2.0 * np.mean(error**2)) for error in residuals(setup, looks, estimate)]
    return InconsistentLooksError(
        ErrorCode.INVALID_REQUEST,
        f"the looks contradict each other: their corners are off by {min(rms):.1f} to "
        f"{max(rms):.1f} px",
        "Check that board and camera are fixed tightly, that the camera's camera_info is its own, "
        "and that the images and the joints are of one robot; then take the looks again",
    )
