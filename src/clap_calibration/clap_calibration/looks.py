"""What a calibration is made of: looks at the board, and how they follow from two unknown poses.

One of board and camera is on the hand, the other stands still. `parent` is what the camera is
fixed to and `carrier` what the board is fixed to: base and hand for a camera on a stand
(eye-to-hand), hand and base for one on the hand (eye-in-hand). Both cases are then one:

    camera_T_board = inverse(parent_T_camera) @ parent_T_carrier @ carrier_T_board
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from clap_calibration.board import Board
from clap_calibration.detection import Corners
from clap_core.camera import CameraIntrinsics
from clap_core.geometry import invert, transform_points

Transform = NDArray[np.float64]


class Mounting(Enum):
    """Where the camera is."""

    ON_STAND = "eye-to-hand"
    ON_HAND = "eye-in-hand"

    def parent_T_carrier(self, base_T_hand: Transform) -> Transform:
        """From what carries the board to what carries the camera."""
        return base_T_hand if self is Mounting.ON_STAND else invert(base_T_hand)

    def base_T_hand(self, parent_T_carrier: Transform) -> Transform:
        """Undoes `parent_T_carrier`."""
        return self.parent_T_carrier(parent_T_carrier)


@dataclass(frozen=True)
class BoardLook:
    """The board's corners as seen from one posture of the arm.

    Attributes:
        base_T_hand: [4, 4] where the hand was.
        corners: that were seen.
    """

    base_T_hand: Transform
    corners: Corners


@dataclass(frozen=True)
class Setup:
    """What is known before a calibration.

    Attributes:
        board: as printed.
        intrinsics: of the camera.
        mounting: where camera and board are.
    """

    board: Board
    intrinsics: CameraIntrinsics
    mounting: Mounting


@dataclass(frozen=True)
class Estimate:
    """The two unknown poses.

    Attributes:
        parent_T_camera: [4, 4] of the camera's optical frame on what it is fixed to.
        carrier_T_board: [4, 4] of the board on what it is fixed to.
    """

    parent_T_camera: Transform
    carrier_T_board: Transform

    def moved(self, delta: NDArray[np.float64]) -> Estimate:
        """Both poses moved by [12] twists in their own frames: camera's, then board's."""
        return Estimate(
            self.parent_T_camera @ motion(delta[:6]), self.carrier_T_board @ motion(delta[6:12])
        )

    def camera_T_board(self, setup: Setup, base_T_hand: Transform) -> Transform:
        """[4, 4] where the camera should see the board."""
        parent_T_carrier = setup.mounting.parent_T_carrier(base_T_hand)
        return invert(self.parent_T_camera) @ parent_T_carrier @ self.carrier_T_board


def motion(twist: NDArray[np.float64]) -> Transform:
    """The transform of a [6] shift (metres) and rotation vector (radians)."""
    transform = np.eye(4)
    transform[:3, :3] = Rotation.from_rotvec(twist[3:6]).as_matrix()
    transform[:3, 3] = twist[:3]
    return transform


def residuals(
    setup: Setup, looks: Sequence[BoardLook], estimate: Estimate, scale: float = 1.0
) -> list[NDArray[np.float64]]:
    """For each look [2 N] pixels, column and row in turn: where corners should be less where they
    are.

    Args:
        setup: board, camera, mounting.
        looks: at the board.
        estimate: of both poses.
        scale: of the board against what it is said to be.
    """
    k = setup.intrinsics
    found = []
    for look in looks:
        points = transform_points(
            estimate.camera_T_board(setup, look.base_T_hand),
            scale * setup.board.corners[look.corners.ids],
        )
        depth = np.maximum(points[:, 2:], 1e-3)  # behind the camera while the search strays
        pixels = points[:, :2] / depth * (k.fx, k.fy) + (k.cx, k.cy)
        found.append((pixels - look.corners.pixels).ravel())
    return found


def board_jacobian(
    intrinsics: CameraIntrinsics, camera_T_board: Transform, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How pixels move with the board: [2 N, 6] by a twist in the board's frame.

    Args:
        intrinsics: of the camera.
        camera_T_board: [4, 4].
        points: [N, 3] in the board's frame, metres.
    """
    rotation = camera_T_board[:3, :3]
    seen = transform_points(camera_T_board, points)
    x, y, z = seen.T
    zero = np.zeros_like(z)
    projection = np.stack(
        [
            np.stack([intrinsics.fx / z, zero, -intrinsics.fx * x / z**2], axis=-1),
            np.stack([zero, intrinsics.fy / z, -intrinsics.fy * y / z**2], axis=-1),
        ],
        axis=1,
    )
    moves = np.concatenate([np.broadcast_to(np.eye(3), (len(points), 3, 3)), -cross(points)], 2)
    return np.asarray((projection @ rotation @ moves).reshape(-1, 6))


def pose_jacobian(camera_T_board: Transform) -> NDArray[np.float64]:
    """How the seen board moves with both unknown poses: its [6] twist by their [12] twists."""
    board_T_camera = invert(camera_T_board)
    return np.hstack([-adjoint(board_T_camera), np.eye(6)])


def adjoint(a_T_b: Transform) -> NDArray[np.float64]:
    """[6, 6] turns a twist (shift, rotation) of frame b into one of frame a."""
    result = np.zeros((6, 6))
    result[:3, :3] = result[3:, 3:] = a_T_b[:3, :3]
    result[:3, 3:] = cross(a_T_b[:3, 3]) @ a_T_b[:3, :3]
    return result


def cross(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """[..., 3, 3] matrices that multiply by vectors [..., 3] from the left, as a cross product."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
