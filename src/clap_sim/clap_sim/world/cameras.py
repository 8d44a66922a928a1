"""The cameras' places and optics.

Optical frames follow REP-103: z forward, x right, y down. MuJoCo's cameras look along -z with y up;
`OPTICAL_FROM_MUJOCO` is the half turn about x between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.robot import BASE_FRAME, HAND_BODY
from clap_sim.world.room import FLOOR_Z_M

STAND = "world"
"""MuJoCo body of fixed cameras; the world frame is the base frame."""

OPTICAL_FROM_MUJOCO = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class Mount:
    """A camera on a body of the robot or on a stand.

    Attributes:
        name: of the camera; frames and topics start with it.
        body: MuJoCo body that carries it; `STAND` for one beside the table.
        frame: the same body's name in ROS.
        position_m: [3] of the lens in that body's frame.
        target_m: [3] point in that frame which the camera looks at.
        up: [3] direction in that frame that is up in the picture.
        width, height: picture size in pixels.
        focal_px: focal length in pixels, equal in x and y.
    """

    name: str
    body: str
    frame: str
    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    width: int = 640
    height: int = 480
    focal_px: float = 610.0

    @property
    def fovy_deg(self) -> float:
        """Vertical field of view [deg], MuJoCo's way of saying the focal length."""
        return float(np.degrees(2.0 * np.arctan(0.5 * self.height / self.focal_px)))

    def parent_T_optical(self) -> NDArray[np.float64]:
        """[4, 4] pose of the optical frame in the carrying body's frame."""
        transform = np.eye(4)
        transform[:3, :3] = _looking_rotation(self.position_m, self.target_m, self.up)
        transform[:3, 3] = self.position_m
        return transform


_FRONT = Mount("front", STAND, BASE_FRAME, (1.16, 0.0, 0.64), (0.46, 0.0, 0.02))
_LEFT = Mount("left", STAND, BASE_FRAME, (0.34, 0.82, 0.58), (0.50, 0.04, 0.0))
_RIGHT = Mount("right", STAND, BASE_FRAME, (0.34, -0.82, 0.58), (0.50, -0.04, 0.0))
_WRIST = Mount(
    "wrist", HAND_BODY, HAND_BODY, (0.070, 0.0, 0.010), (0.0225, 0.0, 0.160), up=(1.0, 0.0, 0.0)
)
RGBD_CAMERAS = (_FRONT, _LEFT, _RIGHT, _WRIST)
"""Three D435 around the table and one on a bracket in front of the hand."""

SPECTATOR = Mount(
    "spectator", STAND, BASE_FRAME, (1.33, -0.80, 0.78), (0.32, 0.03, 0.27),
    width=960, height=540, focal_px=680.0,
)  # fmt: skip
"""For people; it gives no depth."""


def add_cameras(spec: mujoco.MjSpec, mounts: Sequence[Mount] = (*RGBD_CAMERAS, SPECTATOR)) -> None:
    """Add the cameras to a model, with a small housing to see for each RGB-D camera."""
    for mount in mounts:
        parent = spec.body(mount.body)
        body_R_camera = mount.parent_T_optical()[:3, :3] @ OPTICAL_FROM_MUJOCO
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, body_R_camera.ravel())
        parent.add_camera(
            name=mount.name,
            pos=list(mount.position_m),
            quat=quat,
            fovy=mount.fovy_deg,
            resolution=[mount.width, mount.height],
        )
        if mount.name == SPECTATOR.name:
            continue
        _add_housing(parent, mount, quat)
        if mount.body == STAND:
            _add_pole(parent, mount)


def _add_pole(world: mujoco.MjsBody, mount: Mount) -> None:
    """What the camera stands on; it is only seen."""
    x, y, z = mount.position_m
    backwards = -mount.parent_T_optical()[:3, 2]
    foot = [x + 0.05 * backwards[0], y + 0.05 * backwards[1], FLOOR_Z_M]
    world.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CAPSULE,
        fromto=[*foot, foot[0], foot[1], z],
        size=[0.007, 0.0, 0.0],
        rgba=[0.16, 0.16, 0.18, 1.0],
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=2,
    )


def _add_housing(parent: mujoco.MjsBody, mount: Mount, quat: NDArray[np.float64]) -> None:
    """A D435's 90 x 25 x 25 mm behind the lens; it is not touched and does not weigh."""
    backwards = -mount.parent_T_optical()[:3, 2]
    parent.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=(np.array(mount.position_m) + 0.014 * backwards).tolist(),
        quat=quat,
        size=[0.045, 0.0125, 0.0125],
        rgba=[0.75, 0.76, 0.78, 1.0],
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=2,
    )


def _looking_rotation(
    position: Sequence[float], target: Sequence[float], up: Sequence[float]
) -> NDArray[np.float64]:
    """[3, 3] rotation whose columns are right, down and forward."""
    forward = np.subtract(target, position)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward], axis=1)
