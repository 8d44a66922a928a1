"""Pictures of a board, exact up to what is asked for: for the benchmark and for tests."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_calibration.board import Board
from clap_core.camera import CameraIntrinsics
from clap_core.geometry import transform_points

SUPERSAMPLING = 4
TEXTURE_M = 0.00025
"""Edge of a pixel of the board's texture."""

QUIET_ZONE_M = 0.01
_INK, _PAPER = 28.0, 210.0


class Optics(BaseModel, frozen=True, extra="forbid"):
    """What a D435's colour camera adds to a picture."""

    blur_px: float = Field(0.7, ge=0.0, description="Sigma of the lens's blur [px]")
    motion_px: float = Field(0.0, ge=0.0, description="Length of a smear along the rows [px]")
    read_noise: float = Field(1.5, ge=0.0, description="Sigma of the noise in the dark [0..255]")
    shot_noise: float = Field(
        0.12, ge=0.0, description="Noise of light: its sigma is this times the root of the value"
    )
    shading: float = Field(0.25, ge=0.0, le=0.9, description="How much light falls off sideways")


class BoardRenderer:
    """Renders one board into one camera's images.

    Args:
        board: to show.
        intrinsics: of the camera, without distortion.
        optics: blur, noise and light.
    """

    def __init__(
        self, board: Board, intrinsics: CameraIntrinsics, optics: Optics | None = None
    ) -> None:
        self._board, self._intrinsics = board, intrinsics
        self._optics = optics or Optics()
        self._texture = texture(board)

    def render(
        self, camera_T_board: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """[H, W, 3] RGB picture.

        Args:
            camera_T_board: [4, 4]; the board should lie before the camera.
            rng: draws background and noise.
        """
        k, optics = self._intrinsics, self._optics
        spots = rng.uniform(60.0, 160.0, (6, 8))
        grey = np.asarray(
            cv2.resize(spots, (k.width, k.height), interpolation=cv2.INTER_CUBIC), np.float32
        )
        shade = 1.0 - optics.shading * np.linspace(0.0, 1.0, k.width)
        self._draw(grey, camera_T_board)
        grey = np.asarray(grey * shade, np.float32)
        if optics.blur_px:
            grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), optics.blur_px), np.float32)
        if optics.motion_px >= 1.0:
            length = round(optics.motion_px)
            grey = np.asarray(cv2.blur(grey, (length, 1)), np.float32)
        sigma = np.hypot(optics.read_noise, optics.shot_noise * np.sqrt(np.maximum(grey, 0.0)))
        noise = rng.standard_normal((*grey.shape, 3)) * sigma[..., None]
        return np.clip(np.rint(grey[..., None] + noise), 0, 255).astype(np.uint8)

    def _draw(self, grey: NDArray[np.float32], camera_T_board: NDArray[np.float64]) -> None:
        """Put the board over the background, in the smallest box of pixels that holds it."""
        k, s = self._intrinsics, SUPERSAMPLING
        zone = self._board.outline + QUIET_ZONE_M * np.sign(
            self._board.outline - self._board.centre
        )
        points = transform_points(camera_T_board, zone)
        if points[:, 2].min() <= 0.01:
            return
        pixels = points[:, :2] / points[:, 2:] * (k.fx, k.fy) + (k.cx, k.cy)
        low = np.maximum(np.floor(pixels.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + 2, (k.width, k.height))
        if (high <= low).any():
            return
        size = (high - low) * s
        # From texture pixels to metres, to pixels, to finer pixels of the box; a pixel's centre
        # has whole-numbered coordinates in all of them.
        to_board = np.array(
            [
                [TEXTURE_M, 0.0, 0.5 * TEXTURE_M - QUIET_ZONE_M],
                [0.0, TEXTURE_M, 0.5 * TEXTURE_M - QUIET_ZONE_M],
                [0.0, 0.0, 1.0],
            ]
        )
        to_image = k.matrix @ camera_T_board[:3, [0, 1, 3]]
        half = 0.5 * s - 0.5
        to_box = np.array([[s, 0.0, half - s * low[0]], [0.0, s, half - s * low[1]], [0, 0, 1.0]])
        homography = to_box @ to_image @ to_board
        fine = cv2.warpPerspective(self._texture, homography, tuple(int(n) for n in size))
        cover = cv2.warpPerspective(
            np.ones_like(self._texture), homography, tuple(int(n) for n in size)
        )
        target = (int(high[0] - low[0]), int(high[1] - low[1]))
        fine = cv2.resize(fine, target, interpolation=cv2.INTER_AREA)
        cover = cv2.resize(cover, target, interpolation=cv2.INTER_AREA)
        box = grey[low[1] : high[1], low[0] : high[0]]
        box[...] = box * (1.0 - cover) + fine


def texture(board: Board) -> NDArray[np.float32]:
    """[H, W] the board with its quiet zone, as light from 0 to 255; a pixel is `TEXTURE_M`."""
    width, height = board.size_m
    shape = [round((length + 2 * QUIET_ZONE_M) / TEXTURE_M) for length in (height, width)]
    image = np.full(shape, _PAPER, np.float32)
    for rectangle in board.black():
        x0, y0, x1, y1 = np.rint((rectangle + QUIET_ZONE_M) / TEXTURE_M).astype(int)
        image[y0:y1, x0:x1] = _INK
    return image
