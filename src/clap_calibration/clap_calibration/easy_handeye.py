"""Reads the calibration files of easy_handeye2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clap_calibration.errors import WrongCameraError
from clap_calibration.looks import Mounting, Transform
from clap_core.camera.realsense import link_frame
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert, make_transform
from clap_core.robot.names import franka_names
from clap_core.robot.specification import HAND_YAW_RAD, TCP_OFFSET_M

MAX_AGE = timedelta(hours=24)
FARTHEST_M = 5.0
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""
    calibration_type: Literal["eye_in_hand", "eye_on_base"]
    robot_base_frame: str
    robot_effector_frame: str
    tracking_base_frame: str


class _Vector(BaseModel):
    x: Finite
    y: Finite
    z: Finite


class _Quaternion(_Vector):
    w: Finite


class _Pose(BaseModel):
    translation: _Vector
    rotation: _Quaternion


class _File(BaseModel):
    parameters: _Parameters
    transform: _Pose


@dataclass(frozen=True)
class ImportedPose:
    """A camera's pose from elsewhere.

    Attributes:
        mounting: where the camera is.
        parent_T_tracked: [4, 4] pose of `tracked` in the base's or the hand's frame, metres.
        tracked: the frame whose pose it is: an optical frame, or the camera's link.
        written: when.
    """

    mounting: Mounting
    parent_T_tracked: Transform
    tracked: str
    written: datetime

    def parent_T_link(self, link_T_tracked: Transform) -> Transform:
        """[4, 4] of the camera's link, given how the tracked frame stands to it."""
        return self.parent_T_tracked @ invert(link_T_tracked)


def read_calib(path: Path, camera: str, arm_id: str, mounting: Mounting) -> ImportedPose:
    """The pose in a ``.calib`` file.

    Args:
        path: of the file.
        camera: whose pose is wanted.
        arm_id: ``fr3``, ``fer`` or ``panda``.
        mounting: where that camera is.

    Raises:
        WrongCameraError: it is the pose of another camera, or of one mounted elsewhere.
        ClapError: INVALID_REQUEST where it is no such file or of another robot.
    """
    try:
        found = _File.model_validate(yaml.safe_load(path.read_text()))
        written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _wrong(path, f"it cannot be read: {error}", "Name a .calib file") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise _wrong(
            path,
            f"{key}: {first['msg']}",
            "Name a file of easy_handeye2: ~/.ros2/easy_handeye2/calibrations/NAME.calib",
        ) from error
    told = found.parameters
    tracked = told.tracking_base_frame.lstrip("/")
    if not tracked.startswith(f"{camera}_"):
        raise WrongCameraError(
            ErrorCode.INVALID_REQUEST,
            f"{path}: it is the pose of '{tracked}', no frame of the camera '{camera}'",
            f"Name that camera, or calibrate with tracking_base_frame {camera}_color_optical_frame",
        )
    is_on_hand = told.calibration_type == "eye_in_hand"
    if is_on_hand != (mounting is Mounting.ON_HAND):
        raise WrongCameraError(
            ErrorCode.INVALID_REQUEST,
            f"{path}: it is of the type {told.calibration_type}, and the camera '{camera}' is "
            f"mounted {mounting.value}",
            "Name the file of this camera, or correct its parent_frame in the cameras' file",
        )
    frame = told.robot_effector_frame if is_on_hand else told.robot_base_frame
    shift, turn = found.transform.translation, found.transform.rotation
    position = (shift.x, shift.y, shift.z)
    length = float(np.linalg.norm((turn.x, turn.y, turn.z, turn.w)))
    if abs(length - 1.0) > 1e-3 or max(map(abs, position)) > FARTHEST_M:
        raise _wrong(
            path,
            f"its quaternion has the length {length:.4f} and its translation is {position}",
            "Calibrate again: a pose is in metres, with a quaternion of length 1",
        )
    pose = make_transform(position, (turn.x, turn.y, turn.z, turn.w))
    return ImportedPose(
        mounting, _parent_T_frame(path, frame, arm_id, mounting) @ pose, tracked, written
    )


def require_recent(path: Path, written: datetime, newest: datetime | None, now: datetime) -> None:
    """Refuse a file that may be of an earlier place of the camera.

    Args:
        path: of the file.
        written: when it was.
        newest: when the camera's present pose was calibrated; None where it was not.
        now: the time.

    Raises:
        ClapError: INVALID_REQUEST where it is older than the present pose or than a day.
    """
    if newest is not None and written < newest:
        why = f"older than the camera's present pose ({newest:%Y-%m-%d %H:%M})"
    elif now - written > MAX_AGE:
        why = f"{(now - written).days} days old"
    else:
        return
    raise _wrong(
        path,
        f"it was written {written:%Y-%m-%d %H:%M}, {why}",
        "Calibrate again, or, if nobody has touched the camera since, add --any-age",
    )


def is_link(imported: ImportedPose, camera: str) -> bool:
    """Whether the pose is that of the camera's link itself."""
    return imported.tracked == link_frame(camera)


def _parent_T_frame(path: Path, frame: str, arm_id: str, mounting: Mounting) -> Transform:
    """How a frame of the robot stands to the base's or hand's that we calibrate against."""
    names = franka_names(arm_id)
    half = HAND_YAW_RAD / 2
    flange_T_hand = make_transform(quaternion=(0.0, 0.0, np.sin(half), np.cos(half)))
    known = (
        {names.base_link: np.eye(4), "base": np.eye(4)}
        if mounting is Mounting.ON_STAND
        else {
            names.hand: np.eye(4),
            names.tcp: make_transform((0.0, 0.0, TCP_OFFSET_M)),
            f"{names.arm_id}_link8": invert(flange_T_hand),
        }
    )
    if (frame := frame.lstrip("/")) not in known:
        raise _wrong(
            path,
            f"it is relative to '{frame}', not to one of {', '.join(known)}",
            "Calibrate against one of these, or name the arm it was made with (--arm)",
        )
    return known[frame]


def _wrong(path: Path, what: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, f"{path}: {what}", cure)
