"""Films of episodes: the spectator's view, and below it what the four cameras see."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.episode import Episode
from clap_core.errors import ClapError, ErrorCode
from clap_sim.realsense.offscreen import OffscreenRenderer
from clap_sim.world.cameras import SPECTATOR

FPS = 10
"""Frames a simulated second; the film runs at that speed."""

LAST_FRAMES = 15
"""For how many frames the end is shown."""

_WATCHES_A_FRAME = 5
_TILE_PX = SPECTATOR.width // len(CAMERAS)
_BAND_PX = 64
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _FAINT = (245, 245, 245), (170, 180, 190)

Picture = NDArray[np.uint8]


class Film:
    """Films an episode from now on. It looks with a renderer of its own, so that an episode is the
    same with a film and without.

    Args:
        episode: the episode.
        destination: the mp4 file; its folder is made.
    """

    def __init__(self, episode: Episode, destination: Path) -> None:
        self._episode = episode
        self._destination = destination
        self._part = destination.with_name(f".{destination.name}.part")
        self._error: Exception | None = None
        self._watches = 0
        self._key_pose = -1
        self._tiles: list[Picture] = []
        self._renderer = OffscreenRenderer(episode.world.model)
        height = SPECTATOR.height + _TILE_PX + _BAND_PX
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            self._container: Any = av.open(str(self._part), "w", format="mp4")
        except (OSError, av.FFmpegError) as error:
            self._renderer.close()
            raise self._unwritable(error) from error
        self._stream = self._container.add_stream("libx264", rate=FPS, options={"crf": "25"})
        self._stream.width, self._stream.height = SPECTATOR.width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, FPS)
        self._shoot("")
        episode.on_watch = self._watch

    def end(self, keep: bool, last_words: str) -> None:
        """Show how it ended, and keep the film or not.

        Raises:
            ClapError: INTERNAL if the film could not be written.
        """
        if keep:
            self._key_pose = -1
            for _ in range(LAST_FRAMES):
                self._shoot(last_words)
        self._finish()
        if keep and self._error is None:
            os.replace(self._part, self._destination)
        if self._error is not None:
            raise self._unwritable(self._error) from self._error

    def close(self) -> None:
        """Free everything and leave nothing half-written."""
        self._episode.on_watch = lambda: None
        self._finish()
        self._part.unlink(missing_ok=True)
        self._renderer.close()

    def _watch(self) -> None:
        self._watches += 1
        if self._watches % _WATCHES_A_FRAME == 0:
            action = self._episode.action
            self._shoot(action.text if action else "")

    def _shoot(self, words: str) -> None:
        if self._error is not None:
            return
        if self._key_pose != self._episode.key_poses:
            self._key_pose = self._episode.key_poses
            self._tiles = [self._tile(mount.name) for mount in CAMERAS]
        picture = np.vstack([self._look(SPECTATOR.name), np.hstack(self._tiles), self._band(words)])
        try:
            self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        except (OSError, av.FFmpegError) as error:  # not the agent's fault: told at the end
            self._error = error

    def _finish(self) -> None:
        if self._container is None:
            return
        try:
            if self._error is None:
                self._container.mux(self._stream.encode())
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            self._error = self._error or error
        self._container = None

    def _look(self, camera: str) -> Picture:
        return self._renderer.render(self._episode.world.data, camera, depth=False)[0]

    def _tile(self, camera: str) -> Picture:
        tile = cv2.resize(self._look(camera), (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_AREA)
        tile[:, -2:] = 24
        cv2.putText(tile, camera, (6, 16), _FONT, 0.4, _INK, 1, cv2.LINE_AA)
        return np.asarray(tile, dtype=np.uint8)

    def _band(self, words: str) -> Picture:
        band = np.full((_BAND_PX, SPECTATOR.width, 3), 24, dtype=np.uint8)
        for text, y, ink in ((f'"{self._episode.instruction}"', 25, _INK), (words, 51, _FAINT)):
            shown = text.encode("ascii", "replace").decode()
            cv2.putText(band, shown[:110], (12, y), _FONT, 0.48, ink, 1, cv2.LINE_AA)
        count = f"key pose {self._episode.key_poses}"
        cv2.putText(band, count, (SPECTATOR.width - 120, 51), _FONT, 0.48, _FAINT, 1, cv2.LINE_AA)
        return band

    def _unwritable(self, error: Exception) -> ClapError:
        return ClapError(
            ErrorCode.INTERNAL,
            f"the video {self._destination} could not be written: {error}",
            "Make room on the disk, or name another folder with --videos",
        )
