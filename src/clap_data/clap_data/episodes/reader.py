"""Reads episode files, look by look."""

from __future__ import annotations

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from pydantic import ValidationError

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes.images import decode_color, decode_depth
from clap_data.episodes.look import Look
from clap_data.episodes.records import FORMAT, VERSION, CameraRecord, EpisodeRecord
from clap_data.episodes.writer import RECORD_ENTRY, color_entry, depth_entry

_BROKEN = (
    zipfile.BadZipFile, struct.error, EOFError, KeyError, ValueError, NotImplementedError,
    RuntimeError, IndexError, OverflowError, LookupError, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What Python's zip reader raises at damaged bytes."""


class DamagedEpisodeError(ClapError):
    """A file is damaged or cut short: its bytes are not those that were written."""


class EpisodeFile:
    """An episode on disk; its words and numbers are read at once, its images when asked for.

    Args:
        path: of the file.

    Attributes:
        path: of the file.
        record: all of it but its pixels.

    Raises:
        DamagedEpisodeError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file, it is not an episode, or a newer
            version of this software wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except OSError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the episode {path} cannot be opened: {error.strerror or error}",
                "Give a file that `./clap data make` or `./clap data from-bag` wrote",
            ) from error
        except _BROKEN as error:
            raise self._damaged(error) from error
        try:
            self.record = self._read_record()
        except BaseException:
            self._archive.close()
            raise

    def __len__(self) -> int:
        """How many looks there are: one more than key poses."""
        return len(self.record.looks)

    def __enter__(self) -> EpisodeFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; its record stays."""
        self._archive.close()

    def look(self, number: int, cameras: Sequence[str] | None = None) -> Look:
        """One look.

        Args:
            number: 0 for the first; the look before key pose `number`.
            cameras: whose images to read, in this order; all if None.

        Raises:
            IndexError: there is no such look.
            DamagedEpisodeError: the file is damaged.
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
            DamagedEpisodeError: anything in it is damaged or missing.
        """
        for number in range(len(self)):
            for camera in self.record.cameras:
                self._read(color_entry(number, camera.name))
                self._read(depth_entry(number, camera.name))

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
                decode_depth(self._read(depth_entry(number, camera.name))),
                decode_color(self._read(color_entry(number, camera.name))),
                camera.intrinsics,
                np.array(view.base_T_camera),
                view.stamp_ns,
            )
        except (ValueError, cv2.error) as error:
            raise self._damaged(error) from error

    def _read(self, entry: str) -> bytes:
        try:
            return self._archive.read(entry)
        except (*_BROKEN, OSError) as error:
            raise self._damaged(error) from error

    def _read_record(self) -> EpisodeRecord:
        if RECORD_ENTRY not in self._archive.namelist():
            raise self._foreign(f"it has no {RECORD_ENTRY}")
        data = self._read(RECORD_ENTRY)
        try:
            content = json.loads(data)
        except ValueError as error:
            raise self._foreign(f"its {RECORD_ENTRY} is no JSON ({error})") from error
        self._check_version(content)
        try:
            return EpisodeRecord.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            what = f"{place}: {first['msg']}" if place else first["msg"]
            raise self._foreign(f"its {RECORD_ENTRY} is not valid ({what})") from error

    def _check_version(self, content: Any) -> None:
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise self._foreign(f"its {RECORD_ENTRY} does not say '{FORMAT}'")
        version = content.get("version")
        if isinstance(version, int) and version > VERSION:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the episode {self.path} has version {version} of the format, and this software "
                f"knows up to {VERSION}",
                "Update this software, or make the episode again with this one",
            )

    def _damaged(self, error: Exception) -> DamagedEpisodeError:
        what = str(error).strip() or type(error).__name__
        return DamagedEpisodeError(
            ErrorCode.INVALID_REQUEST,
            f"the episode {self.path} is damaged or cut short ({what})",
            "Copy it again from its source, or delete it and make it again: `./clap data make` "
            "with the same arguments replaces damaged files",
        )

    def _foreign(self, what: str) -> ClapError:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{self.path} is not an episode: {what}",
            "Give a file that `./clap data make` or `./clap data from-bag` wrote",
        )
