"""A first estimate of both poses without any guess.

The wheel of OpenCV 5 has no hand-eye functions, so the rotations are solved here: as the linear
least-squares problem of "robot world, hand eye" calibration (Shah, "Solving the robot-world/
hand-eye calibration problem using the Kronecker product", 2013); the translations follow linearly.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from clap_calibration.looks import BoardLook, Estimate, Setup, Transform
from clap_core.geometry import rotation_distance

ROUNDS = 3


def seen_boards(setup: Setup, look: BoardLook) -> list[Transform]:
    """Where one image alone has the board: one or two poses [4, 4] camera_T_board, best first.

    A flat board seen from afar looks nearly the same tilted either way.
    """
    points = setup.board.corners[look.corners.ids]
    # OpenCV's method for planes asks for z = 0 and is told of no distortion: it is taken out.
    count, turns, shifts, _ = cv2.solvePnPGeneric(
        points, look.corners.pixels[:, None], setup.intrinsics.matrix, None, flags=cv2.SOLVEPNP_IPPE
    )
    poses = []
    for turn, shift in list(zip(turns, shifts, strict=True))[:count]:
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], shift.ravel()
        poses.append(pose)
    return poses


def first_estimate(setup: Setup, looks: Sequence[BoardLook]) -> Estimate:
    """Both poses from at least three looks with enough rotation.

    Args:
        setup: board, camera, mounting.
        looks: that `require_rotation` passes.
    """
    carriers = [setup.mounting.parent_T_carrier(look.base_T_hand) for look in looks]
    options = [seen_boards(setup, look) for look in looks]
    chosen = [poses[0] for poses in options]
    estimate = _linear(carriers, chosen)
    for _ in range(ROUNDS):
        # Which of a board's two tilts fits what the other looks say?
        again = [
            _nearest(poses, told)
            for poses, told in zip(
                options,
                (estimate.camera_T_board(setup, look.base_T_hand) for look in looks),
                strict=True,
            )
        ]
        if all(one is other for one, other in zip(again, chosen, strict=True)):
            break
        chosen = again
        estimate = _linear(carriers, chosen)
    return estimate


def _nearest(poses: Sequence[Transform], told: Transform) -> Transform:
    """The pose that is turned least against what is told."""
    return min(poses, key=lambda pose: rotation_distance(pose, told))


def _linear(carriers: Sequence[Transform], boards: Sequence[Transform]) -> Estimate:
    """Solve parent_T_camera @ camera_T_board = parent_T_carrier @ carrier_T_board."""
    correlation = np.zeros((9, 9))
    for carrier, board in zip(carriers, boards, strict=True):
        correlation += np.kron(carrier[:3, :3], board[:3, :3])
    # X R_board = R_carrier Y for all looks: X and Y are the strongest pair of this matrix.
    left, _, right = np.linalg.svd(correlation)
    camera, board = _rotation(left[:, 0].reshape(3, 3)), _rotation(right[0].reshape(3, 3))
    rows = np.zeros((3 * len(carriers), 6))
    values = np.zeros(3 * len(carriers))
    for index, (carrier, seen) in enumerate(zip(carriers, boards, strict=True)):
        here = slice(3 * index, 3 * index + 3)
        rows[here, :3], rows[here, 3:] = np.eye(3), -carrier[:3, :3]
        values[here] = carrier[:3, 3] - camera @ seen[:3, 3]
    shifts, *_ = np.linalg.lstsq(rows, values, rcond=None)
    result = Estimate(np.eye(4), np.eye(4))
    result.parent_T_camera[:3, :3], result.parent_T_camera[:3, 3] = camera, shifts[:3]
    result.carrier_T_board[:3, :3], result.carrier_T_board[:3, 3] = board, shifts[3:]
    return result


def _rotation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation nearest to a multiple, positive or negative, of itself."""
    matrix = matrix * np.sign(np.linalg.det(matrix))
    left, _, right = np.linalg.svd(matrix)
    return np.asarray(left @ right)
