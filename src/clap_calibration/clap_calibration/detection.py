"""The board's corners in a colour image, and whether the image is sharp enough to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clap_calibration.board import Board
from clap_calibration.errors import BlurredError, BoardNotSeenError
from clap_core.camera import CameraIntrinsics
from clap_core.camera.distortion import distortion
from clap_core.errors import ErrorCode

MIN_CORNERS = 10
MAX_EDGE_PX = 4.5
"""From black to white a sharp camera takes two to three pixels; a smear of five takes more."""

_PROFILE_PX = 4.0
_PROFILE_STEP_PX = 0.5
_UNDISTORTIONS = 20


@dataclass(frozen=True)
class Corners:
    """Corners of the board in one image.

    Attributes:
        ids: [N] numbers of the corners.
        pixels: [N, 2] column and row, as a camera without distortion would see them.
        edge_px: width of the board's edges, pixels; the smaller, the sharper.
    """

    ids: NDArray[np.int64]
    pixels: NDArray[np.float64]
    edge_px: float


class CornerFinder:
    """Finds one board in one camera's images.

    Args:
        board: to look for.
        intrinsics: of the images.
        model, coefficients: of the lens, as in camera_info.
        min_corners: with fewer the board counts as not seen.
        max_edge_px: with wider edges the image counts as blurred.

    Raises:
        ClapError: INVALID_REQUEST for a lens model that is not known.
    """

    def __init__(
        self,
        board: Board,
        intrinsics: CameraIntrinsics,
        model: str = "",
        coefficients: Sequence[float] = (),
        *,
        min_corners: int = MIN_CORNERS,
        max_edge_px: float = MAX_EDGE_PX,
    ) -> None:
        self._board, self._intrinsics = board, intrinsics
        self._lens = distortion(model, coefficients)
        self._min_corners, self._max_edge_px = min_corners, max_edge_px
        self._detector = cv2.aruco.CharucoDetector(board.pattern)

    def find(self, rgb: NDArray[np.uint8]) -> Corners:
        """The corners that are seen.

        Args:
            rgb: [H, W, 3].

        Raises:
            BoardNotSeenError: fewer than the least number of corners.
            BlurredError: the edges are too wide.
        """
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        seen, numbers, _, markers = self._detector.detectBoard(grey)
        count = 0 if numbers is None else len(numbers)
        if count < self._min_corners:
            raise self._not_seen(count, 0 if markers is None else len(markers))
        ids = np.asarray(numbers, dtype=np.int64).ravel()
        pixels = np.asarray(seen, dtype=np.float64).reshape(-1, 2)
        edge_px = edge_width(grey, self._board, ids, pixels)
        if not edge_px <= self._max_edge_px:
            raise BlurredError(
                ErrorCode.INVALID_REQUEST,
                f"the board is blurred: its edges are {edge_px:.1f} px wide, and may be "
                f"{self._max_edge_px:g}",
                "Let the arm come to rest, fix board and camera, add light (a shorter exposure), "
                "or move the board into focus",
            )
        return Corners(ids, self._undistorted(pixels), edge_px)

    def _undistorted(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a camera without distortion would see them, by fixed-point iteration."""
        if self._lens is None:
            return pixels
        lens, coefficients = self._lens
        k = self._intrinsics
        seen = (pixels - (k.cx, k.cy)) / (k.fx, k.fy)
        ideal = seen.copy()
        for _ in range(_UNDISTORTIONS):
            bent = np.stack(lens(ideal[:, 0], ideal[:, 1], coefficients), axis=1)
            ideal += seen - bent
        return ideal * (k.fx, k.fy) + (k.cx, k.cy)

    def _not_seen(self, corners: int, markers: int) -> BoardNotSeenError:
        board = self._board
        total = len(board.corners)
        if markers and not corners:
            cure = (
                f"Check that it is the board of {board.squares_x} x {board.squares_y} squares "
                f"with {board.dictionary}, and that it was not printed mirrored"
            )
        else:
            cure = (
                "Bring the whole board into the picture, facing the camera, lit evenly and without "
                f"glare; its markers must be those of {board.dictionary}"
            )
        return BoardNotSeenError(
            ErrorCode.OBJECT_NOT_FOUND,
            f"{corners} of the board's {total} corners and {markers} markers are seen; "
            f"{self._min_corners} corners are needed",
            cure,
        )


def edge_width(
    grey: NDArray[np.uint8], board: Board, ids: NDArray[np.int64], pixels: NDArray[np.float64]
) -> float:
    """How wide the edges between the board's squares are: contrast over steepest slope, pixels.

    Taken across the middle between neighbouring corners; of the edges along and across the board
    the wider half counts, for a smear hides in one direction.

    Returns:
        NaN where no two neighbours are seen.
    """
    place = dict(zip(ids.tolist(), pixels, strict=True))
    columns = board.squares_x - 1
    widths = []
    for step in (1, columns):
        found = [
            width
            for number in place
            if number + step in place and (step > 1 or number % columns != columns - 1)
            if (width := _edge(grey, place[number], place[number + step])) is not None
        ]
        if found:
            widths.append(float(np.median(found)))
    return max(widths, default=float("nan"))


def _edge(
    grey: NDArray[np.uint8], first: NDArray[np.float64], second: NDArray[np.float64]
) -> float | None:
    """Width of the edge between two corners, or None near the image's border."""
    along = second - first
    length = float(np.linalg.norm(along))
    across = np.array([-along[1], along[0]]) / max(length, 1e-9)
    # A quarter of a square each way: beyond it a marker begins.
    reach = min(_PROFILE_PX, max(0.25 * length, 2.0))
    offsets = np.arange(-reach, reach + 1e-9, _PROFILE_STEP_PX)
    points = (0.5 * (first + second) + offsets[:, None] * across).astype(np.float32)
    if points.min() < 0 or (points.max(axis=0) > np.array(grey.shape[::-1]) - 1).any():
        return None
    profile = cv2.remap(grey, points[None, :, 0], points[None, :, 1], cv2.INTER_LINEAR)[0]
    values = profile.astype(np.float64)
    contrast = float(np.ptp(values))
    slope = float(np.abs(values[2:] - values[:-2]).max()) / (2 * _PROFILE_STEP_PX)
    return contrast / slope if slope > 0 else None
