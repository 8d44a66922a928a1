"""Corners are found where they are, and not in pictures that are not fit for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from clap_calibration.board import Board
from clap_calibration.detection import CornerFinder
from clap_calibration.errors import BlurredError, BoardNotSeenError
from clap_calibration.rendering import BoardRenderer, Optics
from clap_calibration.simulated import D435

BOARD = Board()


def seen_from(distance: float = 0.5, tilt_deg: float = 25.0) -> np.ndarray:
    """camera_T_board of a board in the middle of the picture."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec([tilt_deg, 0.4 * tilt_deg, 10.0], degrees=True).as_matrix()
    pose[:3, 3] = np.array([0.01, -0.02, distance]) - pose[:3, :3] @ BOARD.centre
    return pose


def picture(pose: np.ndarray, optics: Optics | None = None, board: Board = BOARD) -> np.ndarray:
    return BoardRenderer(board, D435, optics).render(pose, np.random.default_rng(3))


def projected(pose: np.ndarray) -> np.ndarray:
    points = BOARD.corners @ pose[:3, :3].T + pose[:3, 3]
    return points[:, :2] / points[:, 2:] * D435.fx + (D435.cx, D435.cy)


@pytest.mark.parametrize("distance", [0.35, 0.5, 0.8])
def test_corners_are_found_to_a_fraction_of_a_pixel(distance: float) -> None:
    pose = seen_from(distance)
    corners = CornerFinder(BOARD, D435).find(picture(pose))

    assert len(corners.ids) >= 20
    errors = corners.pixels - projected(pose)[corners.ids]
    assert np.sqrt((errors**2).mean()) < 0.15
    assert np.abs(errors.mean(axis=0)).max() < 0.05  # half a pixel's offset would show here


def test_a_picture_without_the_board_is_refused() -> None:
    pose = seen_from()
    pose[0, 3] += 5.0
    with pytest.raises(BoardNotSeenError, match="0 of the board's 24 corners and 0 markers"):
        CornerFinder(BOARD, D435).find(picture(pose))


def test_another_board_is_refused() -> None:
    other = Board(dictionary="DICT_6X6_250")
    with pytest.raises(BoardNotSeenError):
        CornerFinder(BOARD, D435).find(picture(seen_from(), board=other))


def test_a_board_that_is_mostly_outside_is_refused() -> None:
    pose = seen_from(0.4)
    pose[0, 3] += 0.27
    with pytest.raises(BoardNotSeenError, match="10 corners are needed"):
        CornerFinder(BOARD, D435).find(picture(pose))


def test_a_smear_is_refused_though_its_corners_are_found() -> None:
    smeared = picture(seen_from(0.4, 5.0), Optics(motion_px=6.0))
    assert len(CornerFinder(BOARD, D435, max_edge_px=99.0).find(smeared).ids) >= 10
    with pytest.raises(BlurredError, match="edges are"):
        CornerFinder(BOARD, D435).find(smeared)


def test_a_sharp_picture_is_not_taken_for_a_smear() -> None:
    assert CornerFinder(BOARD, D435).find(picture(seen_from())).edge_px < 3.5


def test_the_lens_distortion_is_taken_out_of_the_corners() -> None:
    coefficients = [0.12, -0.2, 0.001, -0.0015, 0.05]
    pose = seen_from(0.4)
    sharp = picture(pose, Optics(blur_px=0.5, read_noise=0.0, shot_noise=0.0))
    # What the lens shows at a pixel is what an ideal camera shows at the undistorted one.
    v, u = np.mgrid[0 : D435.height, 0 : D435.width].astype(np.float32)
    ideal = cv2.undistortPoints(
        np.stack([u.ravel(), v.ravel()], axis=1)[:, None],
        D435.matrix,
        np.array(coefficients),
        P=D435.matrix,
    ).reshape(D435.height, D435.width, 2)
    bent = cv2.remap(sharp, ideal[..., 0], ideal[..., 1], cv2.INTER_CUBIC)

    corners = CornerFinder(BOARD, D435, "plumb_bob", coefficients).find(bent)
    plain = CornerFinder(BOARD, D435).find(bent)

    wanted = projected(pose)
    assert np.abs(plain.pixels - wanted[plain.ids]).max() > 1.0
    assert np.sqrt(((corners.pixels - wanted[corners.ids]) ** 2).mean()) < 0.2
