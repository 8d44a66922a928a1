"""Reads episode files, look by look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import ArchiveFile
from clap_data.episodes.images import decode_color, decode_depth
from clap_data.episodes.look import Look
from clap_data.episodes.records import KIND, CameraRecord, EpisodeRecord
from clap_data.episodes.writer import RECORD_ENTRY, color_entry, depth_entry


class EpisodeFile(ArchiveFile):
    """An episode on disk; its words and numbers are read at once, its images when asked for.

    Args:
        path: of the file.

    Attributes:
        path: of the file.
        record: all of it but its pixels.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file, it is not an episode, or a newer
            version of this software wrote it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, KIND)
        try:
            if RECORD_ENTRY not in self.names:
                raise self.foreign(f"it has no {RECORD_ENTRY}")
            self.record = self.read_record(RECORD_ENTRY, EpisodeRecord)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        """How many looks there are: one more than key poses."""
        return len(self.record.looks)

    def look(self, number: int, cameras: Sequence[str] | None = None) -> Look:
        """One look.

        Args:
            number: 0 for the first; the look before key pose `number`.
            cameras: whose images to read, in this order; all if None.

        Raises:
            IndexError: there is no such look.
            DamagedFileError: the file is damaged.
            ClapError: INVALID_REQUEST if there is no such camera.
        """
        look = self.record.looks[number]
        number = range(len(self))[number]
        return Look(
            tuple(self._view(number, camera) for camera in self._cameras(cameras)),
            np.array(look.joints_rad),
            np.array(look.base_T_tcp),
            look.gripper_width_m,
            look.stamp_ns,
            None if look.key_pose is None else look.key_pose.action,
        )

    def looks(self, cameras: Sequence[str] | None = None) -> Iterator[Look]:
        """All looks, one by one; arguments and errors of `look`."""
        for number in range(len(self)):
            yield self.look(number, cameras)

    def check(self) -> None:
        """Read all of the file against its checksums, without decoding its images.

        Raises:
            DamagedFileError: anything in it is damaged or missing.
        """
        for number in range(len(self)):
            for camera in self.record.cameras:
                self.read(color_entry(number, camera.name))
                self.read(depth_entry(number, camera.name))

    def _cameras(self, names: Sequence[str] | None) -> tuple[CameraRecord, ...]:
        if names is None:
            return self.record.cameras
        known = {camera.name: camera for camera in self.record.cameras}
        for name in names:
            if name not in known:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"the episode {self.path} has no camera '{name}'",
                    f"Choose among {', '.join(known)}",
                )
        return tuple(known[name] for name in names)

    def _view(self, number: int, camera: CameraRecord) -> CameraView:
        view = self.record.looks[number].views[camera.name]
        try:
            return CameraView(
                camera.name,
                decode_depth(self.read(depth_entry(number, camera.name))),
                decode_color(self.read(color_entry(number, camera.name))),
                camera.intrinsics,
                np.array(view.base_T_camera),
                view.stamp_ns,
            )
        except (ValueError, cv2.error) as error:
            raise self.damaged(error) from error
