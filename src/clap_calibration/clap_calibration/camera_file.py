"""Writes a camera's pose into the file that the launch files read, and keeps the old file."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from clap_calibration.looks import Transform
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import quaternion_xyzw
from clap_data.whole_files import whole_file

SECTION = "/camera_extrinsics"
NOTE = "# calibrated: "
DATE = "calibrated_on"
_DIGITS = 6


def write_pose(
    path: Path, camera: str, parent_T_link: Transform, note: str, now: datetime | None = None
) -> Path:
    """Replace one camera's translation and rotation; all else in the file stays as it is.

    The new file appears at once and whole; the old one stays beside it.

    Args:
        path: of a file such as ``config/cameras.yaml``.
        camera: its name; it must be in the file.
        parent_T_link: [4, 4] of the camera's link on what it is fixed to, metres.
        note: how good it is, in a few words, for a comment.
        now: for the comment and the old file's name.

    Returns:
        Where the old file is kept.

    Raises:
        ClapError: INVALID_REQUEST where the file does not have the camera or cannot be written.
    """
    when = now or datetime.now().astimezone()
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it cannot be read: {error}", "Name a file with --file") from error
    before = _document(path, text)
    if camera not in _cameras(before):
        known = ", ".join(_cameras(before)) or "none"
        raise _wrong(
            path,
            f"it has no camera '{camera}' (it has {known})",
            f"Add '{camera}' to 'cameras', with a section like those of the others: parent_frame, "
            "child_frame, and any translation and rotation",
        )
    pose = {
        "translation": _rounded(parent_T_link[:3, 3]),
        "rotation": _rounded(quaternion_xyzw(parent_T_link)),
    }
    date = when.isoformat(timespec="minutes")
    lines = _replaced(text, camera, pose, [f"{NOTE}{note}", f'{DATE}: "{date}"'])
    wanted = _document(path, text)
    _cameras(wanted)[camera].update({**pose, DATE: date})
    if _document(path, lines) != wanted:
        raise _wrong(
            path,
            f"the section of '{camera}' is not written as in config/cameras.yaml",
            f"Write it like there, one key a line; the pose is {pose}",
        )
    kept = path.with_name(f"{path.name}.{when:%Y-%m-%dT%H-%M-%S}.bak")
    shutil.copy2(path, kept)
    with whole_file(path, "the cameras' poses") as stream:
        stream.write(lines.encode())
    return kept


def calibrated_at(path: Path, camera: str) -> datetime | None:
    """When this camera's pose was written by a calibration, to the minute; None if never."""
    found = _cameras(_document(path, path.read_text())).get(camera, {}).get(DATE)
    try:
        return datetime.fromisoformat(str(found)).astimezone() if found else None
    except ValueError:
        return None


def _document(path: Path, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _wrong(path, f"it is no YAML: {error}", "Correct it") from error


def _cameras(document: Any) -> dict[str, Any]:
    """The cameras' sections."""
    node = document.get(SECTION, document.get(SECTION[1:])) if isinstance(document, dict) else None
    parameters = node.get("ros__parameters") if isinstance(node, dict) else None
    if not isinstance(parameters, dict):
        return {}
    return {name: section for name, section in parameters.items() if isinstance(section, dict)}


def _replaced(text: str, camera: str, pose: dict[str, list[float]], notes: list[str]) -> str:
    """The text with a camera's lines replaced; unchanged where they are not found."""
    result: list[str] = []
    indent: int | None = None
    for line in text.splitlines():
        stripped = line.strip()
        depth = len(line) - len(line.lstrip())
        if indent is not None and stripped and depth <= indent:
            indent = None
        if indent is None and stripped == f"{camera}:":
            indent = depth
            result += [line, *(f"{' ' * (depth + 2)}{note}" for note in notes)]
            continue
        if indent is not None:
            if stripped.startswith((NOTE, f"{DATE}:")):
                continue
            key = stripped.partition(":")[0]
            if key in pose:
                line = f"{' ' * depth}{key}: [{', '.join(map(str, pose[key]))}]"
        result.append(line)
    return "\n".join(result) + "\n"


def _rounded(values: Sequence[float] | np.ndarray) -> list[float]:
    return [round(float(value), _DIGITS) + 0.0 for value in values]


def _wrong(path: Path, what: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, f"{path}: {what}", cure)
