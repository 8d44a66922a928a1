"""The MuJoCo world of a scene and the true state of its objects."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_sim.world import robot
from clap_sim.world.cameras import RGBD_CAMERAS, SPECTATOR, Mount, add_cameras
from clap_sim.world.objects import ObjectModel
from clap_sim.world.room import add_room
from clap_sim.world.scene import SceneModel, place

_ARTICLES = frozenset({"the", "a", "an", "that", "this"})


@dataclass(frozen=True)
class WorldObject:
    """An object of the scene.

    Attributes:
        name: name of its body, such as ``red_mug``.
        model: its kind and dimensions.
        body_id: MuJoCo's number of the body.
    """

    name: str
    model: ObjectModel
    body_id: int

    @property
    def label(self) -> str:
        """What people call it: colour and noun."""
        return f"{self.model.colour} {self.model.nouns[0]}"

    def answers_to(self, text: str) -> bool:
        """True if every word of the text fits: its colour, or one of its nouns."""
        words = [word for word in text.lower().replace("_", " ").split() if word not in _ARTICLES]
        return bool(words) and set(words) <= {self.model.colour, *self.model.nouns}


class World:
    """Robot, table, cameras and a scene's objects in MuJoCo.

    The world frame is the robot's ``base`` frame: the table top is the plane z = 0, x points away
    from the robot over the table. Time step 1 ms; when to `step` is left to the caller.
    Threads that read or change `data` while another one steps it must hold `lock`.

    Args:
        scene: what stands on the table.
        seed: of the objects' places.
        cameras: the RGB-D cameras; the spectator's comes in any case.

    Attributes:
        scene: the scene.
        cameras: the RGB-D cameras.
        seed: of the present placement.
        model, data: MuJoCo's.
        objects: the scene's objects by name, without clutter.
        mechanisms: the scene's mechanisms at work, in the scene's order.
        arm_qpos, arm_dofs: [7] addresses of the arm's joints in qpos and qvel.
        finger_qpos, finger_dofs: [2] the same of the fingers.
    """

    def __init__(
        self, scene: SceneModel, seed: int = 0, cameras: tuple[Mount, ...] = RGBD_CAMERAS
    ) -> None:
        self.scene = scene
        self.seed = seed
        self.cameras = cameras
        self.lock = threading.RLock()
        spec = robot.fr3_spec()
        add_room(spec, scene.appearance)
        mounts = (*cameras, SPECTATOR)
        add_cameras(spec, mounts)
        names = _add_objects(spec, scene)
        for mechanism in scene.mechanisms:
            mechanism.build(spec)
        _set_rendering(spec, mounts)
        self.model: mujoco.MjModel = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._standing = {
            name: WorldObject(name, item.model, self.model.body(name).id)
            for name, item in zip(names, scene.standing, strict=True)
        }
        self.objects = {name: self._standing[name] for name in names[: len(scene.items)]}
        self.arm_qpos, self.arm_dofs = self._addresses(robot.ARM_JOINTS)
        self.finger_qpos, self.finger_dofs = self._addresses(robot.FINGER_JOINTS)
        self._tcp_site = self.model.site(robot.TCP_SITE).id
        self.mechanisms = tuple(item.attach(self.model, self.data) for item in scene.mechanisms)
        self.reset(seed)

    @property
    def standing(self) -> tuple[WorldObject, ...]:
        """All that stands on the table, clutter too, in the scene's order."""
        return tuple(self._standing.values())

    def step(self) -> None:
        """Advance the physics by one time step, the scene's mechanisms included."""
        for mechanism in self.mechanisms:
            mechanism.before_step()
        mujoco.mj_step(self.model, self.data)

    def reset(self, seed: int | None = None) -> None:
        """Put the robot home with an open hand and the objects at their places, all at rest.

        The servos are told to hold home; a controller of another kind sets its controls itself.

        Args:
            seed: of the objects' places; None keeps the present one. Time goes on.

        Raises:
            ValueError: the scene is too crowded for this seed; nothing has changed then.
        """
        with self.lock:
            layout = place(self.scene, self.seed if seed is None else seed)
            self.seed = self.seed if seed is None else seed
            time_s = self.data.time
            mujoco.mj_resetData(self.model, self.data)
            self.data.time = time_s
            self.data.qpos[self.arm_qpos] = robot.HOME_RAD
            self.data.qpos[self.finger_qpos] = robot.FINGER_TRAVEL_M
            self.data.ctrl[: len(robot.HOME_RAD)] = robot.HOME_RAD
            self.data.actuator(robot.GRIPPER_ACTUATOR).ctrl = robot.GRIPPER_OPEN
            for item, pose in zip(self._standing.values(), layout, strict=True):
                self.set_pose(item.name, np.array([pose.x_m, pose.y_m, 0.0]), pose.yaw_rad)
            mujoco.mj_forward(self.model, self.data)
            for mechanism in self.mechanisms:
                mechanism.reset()

    def set_pose(self, name: str, position_m: NDArray[np.float64], yaw_rad: float) -> None:
        """Place an object upright; the caller runs `mj_forward` or steps afterwards."""
        quat = np.array([np.cos(0.5 * yaw_rad), 0.0, 0.0, np.sin(0.5 * yaw_rad)])
        body_id = self._standing[name].body_id
        if self._standing[name].model.movable:
            joint = self.model.body_jntadr[body_id]
            start = self.model.jnt_qposadr[joint]
            self.data.qpos[start : start + 3] = position_m
            self.data.qpos[start + 3 : start + 7] = quat
        else:
            self.model.body_pos[body_id] = position_m
            self.model.body_quat[body_id] = quat

    def base_T_object(self, name: str) -> NDArray[np.float64]:
        """[4, 4] true pose of an object's frame in the base frame."""
        return self._transform(self.data.body(name).xpos, self.data.body(name).xmat)

    def base_T_tcp(self) -> NDArray[np.float64]:
        """[4, 4] true pose of the tool centre point in the base frame."""
        return self._transform(
            self.data.site_xpos[self._tcp_site], self.data.site_xmat[self._tcp_site]
        )

    def find(self, text: str) -> WorldObject:
        """The one object that the words fit.

        Raises:
            ClapError: OBJECT_NOT_FOUND if there is none, AMBIGUOUS if there are several.
        """
        found = [item for item in self.objects.values() if item.answers_to(text)]
        labels = tuple(item.label for item in self.objects.values())
        if not found:
            raise ClapError(
                ErrorCode.OBJECT_NOT_FOUND,
                f"scene '{self.scene.name}' has no '{text}'",
                "Name an object of the scene by colour and noun",
                seen=labels,
            )
        if len(found) > 1:
            raise ClapError(
                ErrorCode.AMBIGUOUS,
                f"'{text}' fits {len(found)} objects of scene '{self.scene.name}'",
                "Add the colour, or choose a scene with one of them",
                seen=labels,
            )
        return found[0]

    def _addresses(self, joints: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found = [self.model.joint(name) for name in joints]
        return (
            np.array([joint.qposadr[0] for joint in found]),
            np.array([joint.dofadr[0] for joint in found]),
        )

    @staticmethod
    def _transform(
        position: NDArray[np.float64], matrix: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        transform = np.eye(4)
        transform[:3, :3] = matrix.reshape(3, 3)
        transform[:3, 3] = position
        return transform


def _add_objects(spec: mujoco.MjSpec, scene: SceneModel) -> list[str]:
    labels = [f"{item.model.colour}_{item.model.nouns[0]}" for item in scene.standing]
    totals, counts = Counter(labels), Counter[str]()
    names = []
    for item, label in zip(scene.standing, labels, strict=True):
        counts[label] += 1
        name = item.name or (label if totals[label] == 1 else f"{label}_{counts[label]}")
        body = spec.worldbody.add_body(name=name)
        if item.model.movable:
            body.add_freejoint()
        item.model.build(spec, body)
        names.append(name)
    return names


def _set_rendering(spec: mujoco.MjSpec, mounts: Sequence[Mount]) -> None:
    """Buffers large enough for any camera, no multisampling, and clip planes for a table scene."""
    visual = spec.visual
    visual.global_.offwidth = max(mount.width for mount in mounts)
    visual.global_.offheight = max(mount.height for mount in mounts)
    visual.quality.offsamples = 0
    visual.quality.shadowsize = 1024
    # znear and zfar are multiples of the extent: 2 cm to 12 m.
    spec.stat.extent = 1.0
    spec.stat.center = [0.4, 0.0, 0.2]
    visual.map.znear = 0.02
    visual.map.zfar = 12.0
