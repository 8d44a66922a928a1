"""Where a camera is thought to be, and where its file has it."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clap_bringup.camera_extrinsics.config import CameraPose, read_poses
from clap_calibration.looks import Mounting, Transform
from clap_cli.installed import installed
from clap_core.camera.realsense import color_frame, link_frame
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import make_transform
from clap_core.robot.names import franka_names
from clap_ros.transforms import TransformBuffer

TF_TIMEOUT_S = 5.0
_POLL_S = 0.05


@dataclass(frozen=True)
class CameraPlace:
    """One camera in the file of poses.

    Attributes:
        file: that has it.
        name: of the camera.
        arm_id: of the arm.
        mounting: on a stand or on the hand.
        parent_T_link: [4, 4] its pose so far, perhaps only the nominal one.
        links: parent_T_link of all cameras with the same parent, by name.
    """

    file: Path
    name: str
    arm_id: str
    mounting: Mounting
    parent_T_link: Transform
    links: dict[str, Transform]


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--file`` and ``--arm``."""
    parser.add_argument(
        "--file",
        type=Path,
        help="with the cameras' poses (default: config/cameras.yaml, which the launch reads)",
    )
    parser.add_argument("--arm", default="fr3", help="fr3, fer or panda (%(default)s)")


def camera_place(file: Path | None, name: str, arm_id: str) -> CameraPlace:
    """Read one camera's place.

    Raises:
        ClapError: INVALID_REQUEST where the file is wrong or has no such camera.
    """
    # What is installed may be a link to the checkout: write there.
    path = (file or installed("config", "cameras.yaml")).resolve()
    poses = read_poses(path, arm_id)
    if name not in poses:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{path}: it has no camera '{name}'",
            f"Name one of {', '.join(poses)}, or add it to the file",
        )
    parent = poses[name].parent_frame
    return CameraPlace(
        path,
        name,
        arm_id,
        _mounting(path, name, parent, arm_id),
        _transform(poses[name]),
        {other: _transform(pose) for other, pose in poses.items() if pose.parent_frame == parent},
    )


def link_T_frame(transforms: TransformBuffer, camera: str, frame: str = "") -> Transform:
    """How a frame of a running camera, by default its colour's, stands to its link.

    Raises:
        ClapError: TRANSFORM_UNAVAILABLE where the camera does not publish it in time.
    """
    wanted = frame or color_frame(camera)
    if wanted == link_frame(camera):
        return np.eye(4)
    deadline = time.monotonic() + TF_TIMEOUT_S
    while True:
        try:
            return transforms.lookup(link_frame(camera), wanted)
        except ClapError as error:
            if time.monotonic() > deadline:
                raise ClapError(
                    ErrorCode.TRANSFORM_UNAVAILABLE,
                    f"the camera '{camera}' does not tell how '{wanted}' stands to "
                    f"'{link_frame(camera)}': {error.reason}",
                    "Start the camera (./clap launch robot start_cameras:=true); its driver "
                    "publishes these frames on /tf_static",
                ) from error
        time.sleep(_POLL_S)


def _mounting(path: Path, name: str, parent: str, arm_id: str) -> Mounting:
    names = franka_names(arm_id)
    if parent in (names.base_link, "base"):
        return Mounting.ON_STAND
    if parent == names.hand:
        return Mounting.ON_HAND
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{path}: the camera '{name}' has the parent_frame '{parent}'",
        f"Set it to {names.base_link} for a camera on a stand or {names.hand} for one on the hand",
    )


def _transform(pose: CameraPose) -> Transform:
    return make_transform(pose.translation, pose.rotation)
