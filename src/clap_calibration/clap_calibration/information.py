"""What a look from a posture is worth: how much surer it makes the camera's pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_calibration.looks import (
    Estimate,
    Setup,
    Transform,
    adjoint,
    board_jacobian,
    motion,
    pose_jacobian,
)

PIXEL_SIGMA_PX = 0.15
ARM_SIGMA_M = 2e-4
ARM_SIGMA_RAD = 5e-4
"""How well corners are found, and how exactly a Franka knows where its hand is."""

START_SIGMA_M = 0.05
START_SIGMA_RAD = 0.1
"""Before the first look."""

LEVER_M = 0.7
"""Distance at which an error of the rotation counts like one of the position."""


def before() -> NDArray[np.float64]:
    """[12, 12] information on both poses before the first look."""
    return np.diag(([START_SIGMA_M**-2] * 3 + [START_SIGMA_RAD**-2] * 3) * 2)


def of_look(setup: Setup, estimate: Estimate, base_T_hand: Transform) -> NDArray[np.float64]:
    """[12, 12] information that a look at the whole board adds.

    The arm's own error is taken as one of where the board is seen, so that a nearer look is not
    worth more without end.
    """
    seen = estimate.camera_T_board(setup, base_T_hand)
    slope = board_jacobian(setup.intrinsics, seen, setup.board.corners)
    # The arm errs about the board's centre, not about its corner.
    centre = np.eye(4)
    centre[:3, 3] = setup.board.centre
    turn = adjoint(centre)
    arm = turn @ np.diag([ARM_SIGMA_M**2] * 3 + [ARM_SIGMA_RAD**2] * 3) @ turn.T
    pixels = np.linalg.inv(slope.T @ slope / PIXEL_SIGMA_PX**2)
    moves = pose_jacobian(seen)
    return np.asarray(moves.T @ np.linalg.inv(pixels + arm) @ moves)


def uncertainty_mm(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """How unsure the camera's pose is at the scene, millimetres; for [..., 12, 12] information."""
    spread = np.linalg.inv(information)[..., :6, :6]
    weights = np.array([1.0] * 3 + [LEVER_M**2] * 3)
    return np.asarray(
        1e3 * np.sqrt(np.sum(np.diagonal(spread, axis1=-2, axis2=-1) * weights, axis=-1))
    )


def of_looks(setup: Setup, estimate: Estimate, hands: Sequence[Transform]) -> NDArray[np.float64]:
    """[12, 12] information before the first look and of these."""
    return before() + sum((of_look(setup, estimate, hand) for hand in hands), np.zeros((12, 12)))


def shaken(
    estimate: Estimate, shift_m: float, turn_rad: float, rng: np.random.Generator
) -> Estimate:
    """An estimate with the camera's pose off by so much in any direction and about any axis."""
    directions = rng.normal(size=(2, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    twist = np.concatenate([shift_m * directions[0], turn_rad * directions[1]])
    return Estimate(estimate.parent_T_camera @ motion(twist), estimate.carrier_T_board)
