"""How far off a fit of both poses is, by how its looks scatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_calibration.looks import BoardLook, Estimate, Setup, board_jacobian, pose_jacobian

HUBER_FLOOR_PX = 0.3
HUBER_SIGMAS = 2.5
_MAD_TO_SIGMA = 1.4826


def jacobians(
    setup: Setup, looks: Sequence[BoardLook], estimate: Estimate
) -> list[NDArray[np.float64]]:
    """For each look [2 N, 12]: how its residuals move with both poses."""
    found = []
    for look in looks:
        seen = estimate.camera_T_board(setup, look.base_T_hand)
        points = setup.board.corners[look.corners.ids]
        found.append(board_jacobian(setup.intrinsics, seen, points) @ pose_jacobian(seen))
    return found


def covariance(
    slopes: Sequence[NDArray[np.float64]], errors: Sequence[NDArray[np.float64]], width_px: float
) -> NDArray[np.float64]:
    """What the errors say about the spread of the parameters, with each look as one observation.

    The corners of a look err together, for the arm was not quite where it said. So the looks, not
    the corners, are counted: the cluster-robust "sandwich" with the CR2 correction (Bell and
    McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples",
    2002), which allows for the share of its own error that each look fits away.

    Args:
        slopes: for each look [M, P] derivatives of its residuals.
        errors: for each look [M] residuals, pixels.
        width_px: of the loss.

    Returns:
        [P, P] in the parameters' units.
    """
    parts = []
    for slope, error in zip(slopes, errors, strict=True):
        weight = np.minimum(1.0, width_px / np.maximum(np.abs(error), 1e-12))
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


def huber_px(errors: NDArray[np.float64]) -> float:
    """Where Huber's loss begins to grow slower, by the spread of the errors, pixels."""
    return float(max(HUBER_FLOOR_PX, HUBER_SIGMAS * _MAD_TO_SIGMA * np.median(np.abs(errors))))
