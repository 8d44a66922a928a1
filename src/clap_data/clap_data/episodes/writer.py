"""Writes episode files: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import write_archive
from clap_data.episodes.images import depth_in_millimetres, encode_color, encode_depth
from clap_data.episodes.look import Look
from clap_data.episodes.records import (
    KIND,
    CameraRecord,
    EpisodeRecord,
    Header,
    KeyPoseRecord,
    LookRecord,
    ViewRecord,
    matrix,
)

RECORD_ENTRY = "episode.json"

Add = Callable[[str, bytes], None]


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
        What was written, without the pixels.

    Raises:
        ClapError: INVALID_REQUEST if the parts do not fit together, or the file cannot be
            written, such as on a full disk; no file is left then, and one of that name stays.
    """
    try:
        with write_archive(path, KIND) as add:
            return _write(add, header, looks)
    except ValueError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"what should become the episode {path} does not fit together: {error}",
            "Correct what makes it",
        ) from error


def _write(add: Add, header: Header, looks: Iterable[Look]) -> EpisodeRecord:
    records: list[LookRecord] = []
    cameras: tuple[CameraRecord, ...] = ()
    for number, look in enumerate(looks):
        found = tuple(CameraRecord.of(view.name, view.intrinsics) for view in look.views)
        if records and found != cameras:
            raise ValueError(f"look {number} is of other cameras than the one before")
        cameras = found
        for view in look.views:
            _add_images(add, number, view)
        records.append(_record(look))
    record = EpisodeRecord(**dict(header), cameras=cameras, looks=tuple(records))
    add(RECORD_ENTRY, record.model_dump_json().encode())
    return record


def _add_images(add: Add, number: int, view: CameraView) -> None:
    depth_mm = depth_in_millimetres(view.depth)
    add(color_entry(number, view.name), encode_color(view.rgb))
    add(depth_entry(number, view.name), encode_depth(depth_mm))


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
