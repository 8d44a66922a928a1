"""Writes episode files: whole, or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes.images import depth_in_millimetres, encode_color, encode_depth
from clap_data.episodes.look import Look
from clap_data.episodes.records import (
    CameraRecord,
    EpisodeRecord,
    Header,
    KeyPoseRecord,
    LookRecord,
    ViewRecord,
    matrix,
)

RECORD_ENTRY = "episode.json"

PARTIAL = ".partial"
"""Ending of the name that a file has while it is written."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can name: equal content gives equal bytes."""

_PERMISSIONS = 0o644 << 16


def color_entry(look: int, camera: str) -> str:
    """Name of a colour image inside the file."""
    return f"looks/{look:03d}/{camera}.color.png"


def depth_entry(look: int, camera: str) -> str:
    """Name of a depth image inside the file."""
    return f"looks/{look:03d}/{camera}.depth.png"


def write_episode(path: Path, header: Header, looks: Iterable[Look]) -> EpisodeRecord:
    """Write an episode, replacing a file of that name.

    The same header and looks give the same bytes. The file appears under its name only when it
    is complete and on the disk.

    Args:
        path: of the file; its folder is made.
        header: what is said of it as a whole.
        looks: in their order; taken one by one.

    Returns:
        What was written, but for the pixels.

    Raises:
        ClapError: INVALID_REQUEST if the parts do not fit together, or the file cannot be
            written, such as on a full disk; no file is left then, and one of that name stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                record = _write(archive, header, looks)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        _remove(partial)
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the episode {path} cannot be written: {error.strerror or error}",
            "Make room on the disk, or choose another folder that can be written, and run it again",
        ) from error
    except ValueError as error:
        _remove(partial)
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"what should become the episode {path} does not fit together: {error}",
            "Correct what makes it",
        ) from error
    except BaseException:
        _remove(partial)
        raise
    return record


def remove_abandoned(folder: Path) -> int:
    """Delete what writers that were killed have left below a folder; tells how many files."""
    count = 0
    for partial in folder.rglob(f".*{PARTIAL}"):
        writer = partial.name.removesuffix(PARTIAL).rpartition(".")[2]
        if writer.isdigit() and not Path(f"/proc/{writer}").exists():
            _remove(partial)
            count += 1
    return count


def _write(archive: zipfile.ZipFile, header: Header, looks: Iterable[Look]) -> EpisodeRecord:
    records: list[LookRecord] = []
    cameras: tuple[CameraRecord, ...] = ()
    for number, look in enumerate(looks):
        found = tuple(CameraRecord.of(view.name, view.intrinsics) for view in look.views)
        if records and found != cameras:
            raise ValueError(f"look {number} is of other cameras than the one before")
        cameras = found
        for view in look.views:
            _add_images(archive, number, view)
        records.append(_record(look))
    record = EpisodeRecord(**dict(header), cameras=cameras, looks=tuple(records))
    _add(archive, RECORD_ENTRY, lambda: record.model_dump_json().encode())
    return record


def _add_images(archive: zipfile.ZipFile, number: int, view: CameraView) -> None:
    depth_mm = depth_in_millimetres(view.depth)
    _add(archive, color_entry(number, view.name), lambda: encode_color(view.rgb))
    _add(archive, depth_entry(number, view.name), lambda: encode_depth(depth_mm))


def _add(archive: zipfile.ZipFile, name: str, content: Callable[[], bytes]) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _PERMISSIONS
    archive.writestr(entry, content())


def _record(look: Look) -> LookRecord:
    return LookRecord(
        stamp_ns=look.stamp_ns,
        joints_rad=tuple(float(angle) for angle in look.joints_rad),
        base_T_tcp=matrix(look.base_T_tcp),
        gripper_width_m=float(look.gripper_width_m),
        views={
            view.name: ViewRecord(base_T_camera=matrix(view.base_T_camera), stamp_ns=view.stamp_ns)
            for view in look.views
        },
        key_pose=None if look.action is None else KeyPoseRecord.of(look.action),
    )


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
