"""Cameras for a robot that has none: pictures of our simulated scene around the arm that it tells.

Nothing here has physics. The arm stands where `/joint_states` says; a thing is carried from when
the fingers close with both pads on it until they open.
"""

from __future__ import annotations

import threading
from types import TracebackType

import mujoco
import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState

from clap_core.geometry import invert
from clap_realsense.frames import camera_transforms
from clap_realsense.topics import TF_STATIC_QOS, CameraTopics
from clap_ros.images import intrinsics_to_message
from clap_sim.realsense.camera import CameraRig
from clap_sim.realsense.config import DepthConfig
from clap_sim.scenes import scene
from clap_sim.world import World
from clap_sim.world.cameras import RGBD_CAMERAS, STAND
from clap_sim.world.robot import FINGER_BODIES
from tf2_msgs.msg import TFMessage

PERIOD_S = 0.2
MOUNTS = tuple(mount for mount in RGBD_CAMERAS if mount.body == STAND)
JOINTS = [f"fr3_joint{number}" for number in range(1, 8)]
FINGER = "fr3_finger_joint1"
CLOSED_M = 0.036
"""A finger's way from the middle, below which the hand counts as closed on something."""


class RenderedCameras:
    """Publishes the cameras on stands while the ``with`` block runs.

    Args:
        node: that spins.
        scene_name, seed: what stands on the table, and where.

    Attributes:
        carried: name of what the hand holds; None for nothing.
    """

    def __init__(self, node: Node, scene_name: str, seed: int) -> None:
        self._node = node
        self._world = World(scene(scene_name), seed, MOUNTS)
        self._tcp_T_carried = np.eye(4)
        self.carried: str | None = None
        self._told: JointState | None = None
        self._ended = threading.Event()
        self._tf = node.create_publisher(TFMessage, "tf_static", TF_STATIC_QOS)
        node.create_subscription(JointState, "joint_states", self._on_joints, 1)
        self._thread = threading.Thread(target=self._run, name="cameras")

    def __enter__(self) -> RenderedCameras:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def place(self, name: str) -> np.ndarray:
        """[3] where a thing's frame is in the base frame, metres."""
        with self._world.lock:
            return self._world.base_T_object(name)[:3, 3].copy()

    def _on_joints(self, message: JointState) -> None:
        self._told = message

    def _run(self) -> None:
        rig = CameraRig(self._world.model, DepthConfig(), MOUNTS)
        topics = {}
        transforms = []
        for mount in MOUNTS:
            info = intrinsics_to_message(rig.intrinsics[mount.name])
            topics[mount.name] = CameraTopics(self._node, mount.name, info, info, False)
            stamp = self._node.get_clock().now().to_msg()
            transforms += camera_transforms(mount.name, np.eye(4), stamp)
        self._tf.publish(TFMessage(transforms=transforms))
        while not self._ended.wait(PERIOD_S):
            told = self._told
            if told is None:
                continue
            with self._world.lock:
                self._follow(told)
                pictures = {name: rig.capture(self._world.data, name) for name in topics}
            for name, picture in pictures.items():
                topics[name].publish(picture, told.header.stamp)
        rig.close()

    def _follow(self, told: JointState) -> None:
        """Put the arm, and what it carries, where the robot says that it is."""
        world, data = self._world, self._world.data
        at = dict(zip(told.name, told.position, strict=True))
        data.qpos[world.arm_qpos] = [at[joint] for joint in JOINTS]
        data.qpos[world.finger_qpos] = at[FINGER]
        mujoco.mj_forward(world.model, data)
        if at[FINGER] >= CLOSED_M:
            self._let_go()
        elif self.carried is None:
            self._close()
        if self.carried is not None:
            self._put(self.carried, world.base_T_tcp() @ self._tcp_T_carried)

    def _close(self) -> None:
        """Whatever both pads would meet on their way is carried from now on."""
        world, data = self._world, self._world.data
        opening = data.qpos[world.finger_qpos].copy()
        data.qpos[world.finger_qpos] = 0.0
        mujoco.mj_forward(world.model, data)
        names = {thing.body_id: thing.name for thing in world.standing if thing.model.movable}
        touched: dict[str, set[str]] = {name: set() for name in names.values()}
        for contact in data.contact[: data.ncon]:
            bodies = [world.model.geom_bodyid[geom] for geom in contact.geom]
            for one, other in (bodies, bodies[::-1]):
                finger = world.model.body(other).name
                if one in names and finger in FINGER_BODIES:
                    touched[names[one]].add(finger)
        data.qpos[world.finger_qpos] = opening
        mujoco.mj_forward(world.model, data)
        held = [name for name, fingers in touched.items() if len(fingers) == len(FINGER_BODIES)]
        if held:
            self.carried = held[0]
            self._tcp_T_carried = invert(world.base_T_tcp()) @ world.base_T_object(held[0])

    def _let_go(self) -> None:
        """What was carried stands on the table, below where it was."""
        if self.carried is not None:
            place = self._world.base_T_object(self.carried)[:3, 3] * (1.0, 1.0, 0.0)
            self._world.set_pose(self.carried, place, 0.0)
            self.carried = None
            mujoco.mj_forward(self._world.model, self._world.data)

    def _put(self, name: str, base_T_object: np.ndarray) -> None:
        model, data = self._world.model, self._world.data
        start = model.jnt_qposadr[model.body(name).jntadr[0]]
        data.qpos[start : start + 3] = base_T_object[:3, 3]
        mujoco.mju_mat2Quat(data.qpos[start + 3 : start + 7], base_T_object[:3, :3].ravel())
        mujoco.mj_forward(model, data)
