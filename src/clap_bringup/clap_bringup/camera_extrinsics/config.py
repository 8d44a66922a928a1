"""The cameras' poses in a file that people write by hand: read strictly, since a wrong pose moves
the arm to a wrong place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.names import franka_names

SECTION = "/camera_extrinsics"
UNIT_TOLERANCE = 1e-3
FARTHEST_M = 5.0
"""A camera farther from its parent frame than this is taken for a pose in millimetres."""

_EASY_HANDEYE = {"parameters", "transform"}
Metres = Annotated[float, Field(allow_inf_nan=False)]


class CameraPose(BaseModel):
    """The pose of one camera's link, as a calibration gives it.

    Attributes:
        parent_frame: frame that the camera is fixed to.
        child_frame: the camera's link.
        translation: [3] of the link in the parent frame, metres.
        rotation: unit quaternion x, y, z, w.
        calibrated_on: date and time of the calibration, ISO 8601; empty where it is not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    parent_frame: str = Field(min_length=1)
    child_frame: str = Field(min_length=1)
    translation: tuple[Metres, Metres, Metres]
    rotation: tuple[Metres, Metres, Metres, Metres]
    calibrated_on: str = ""

    @field_validator("translation")
    @classmethod
    def _is_near(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if max(map(abs, value)) > FARTHEST_M:
            raise ValueError(
                f"{list(value)} is more than {FARTHEST_M:g} m away; give metres, not millimetres"
            )
        return value

    @field_validator("rotation")
    @classmethod
    def _is_unit(
        cls, value: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float]:
        length = math.hypot(*value)
        if abs(length - 1.0) > UNIT_TOLERANCE:
            raise ValueError(f"the quaternion x, y, z, w has the length {length:.4f} instead of 1")
        return value

    @model_validator(mode="after")
    def _leads_elsewhere(self) -> CameraPose:
        if self.parent_frame == self.child_frame:
            raise ValueError(f"parent_frame and child_frame are both '{self.parent_frame}'")
        return self


def read_poses(path: Path, arm_id: str) -> dict[str, CameraPose]:
    """The poses in a file such as ``config/cameras.yaml``, by the cameras' names.

    Args:
        path: the file.
        arm_id: takes the place of ``{arm_id}`` in the names of frames.

    Raises:
        ClapError: INVALID_REQUEST; it names file, camera and key.
    """
    section = _section(path, _document(path))
    cameras = section.pop("cameras", None)
    if not isinstance(cameras, list) or not cameras or not all(isinstance(c, str) for c in cameras):
        raise _wrong(path, "'cameras' is not a list of names", "Write cameras: [front, left]")
    if extra := section.keys() - set(cameras):
        raise _wrong(
            path,
            f"there is a section '{sorted(map(str, extra))[0]}' that 'cameras' does not name",
            f"Correct its spelling, or add it to cameras: {cameras}",
        )
    link = franka_names(arm_id).arm_id
    return {name: _pose(path, name, section.get(name), link) for name in cameras}


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        cure = "Name a file like config/cameras.yaml: extrinsics:=FILE"
        raise _wrong(path, f"it cannot be read: {error}", cure) from error
    if isinstance(document, Mapping) and document.keys() == _EASY_HANDEYE:
        raise _easy_handeye(path, document)
    return document if isinstance(document, Mapping) else {}


def _section(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    node = document.get(SECTION, document.get(SECTION.lstrip("/")))
    parameters = node.get("ros__parameters") if isinstance(node, Mapping) else None
    if not isinstance(parameters, Mapping):
        there = ", ".join(f"'{key}'" for key in document) or "nothing"
        raise _wrong(
            path,
            f"it has no section '{SECTION}' with 'ros__parameters' (there is {there})",
            "Begin it like config/cameras.yaml",
        )
    return dict(parameters)


def _pose(path: Path, name: str, section: object, arm_id: str) -> CameraPose:
    if not isinstance(section, Mapping):
        raise _wrong(
            path,
            f"the camera '{name}' has no section",
            f"Write its pose under '{name}:', or take it out of 'cameras'",
        )
    values = {"child_frame": f"{name}_link", **section}
    for key in ("parent_frame", "child_frame"):
        if isinstance(values.get(key), str):
            values[key] = values[key].replace("{arm_id}", arm_id)
    try:
        return CameraPose.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "frames"
        raise _wrong(
            path,
            f"camera '{name}', {key}: {first['msg']}",
            "A pose has parent_frame, translation: [x, y, z] in metres and rotation: "
            "[x, y, z, w], all of them; see config/cameras.yaml",
        ) from error


def _easy_handeye(path: Path, document: Mapping[str, Any]) -> ClapError:
    parameters = document["parameters"] if isinstance(document["parameters"], Mapping) else {}
    tracked = parameters.get("tracking_base_frame", "the camera's optical frame")
    return _wrong(
        path,
        f"it is a calibration of easy_handeye2, which gives the pose of '{tracked}'; the pose of "
        "the camera's link is needed, since realsense-ros publishes the frames below it",
        "Start the camera and convert it: ./clap calibrate camera NAME --import FILE; or multiply "
        f"its transform by the one that `ros2 run tf2_ros tf2_echo {tracked} <camera>_link` "
        "prints, and write the result into a copy of config/cameras.yaml",
    )


def _wrong(path: Path, what: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, f"{path}: {what}", cure)
