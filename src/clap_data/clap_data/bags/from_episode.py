"""From an episode to a bag with the topics of the robot that it could have been recorded from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from geometry_msgs.msg import TransformStamped
from numpy.typing import NDArray
from rclpy.qos import DurabilityPolicy, QoSPresetProfiles, QoSProfile
from rclpy.serialization import serialize_message
from rclpy.time import Time
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert, quaternion_xyzw
from clap_core.task_types import Keypoint
from clap_data.bags.definitions import Definitions
from clap_data.bags.demonstrated_motion import Motions, Sample
from clap_data.bags.qos import to_recorded
from clap_data.bags.robot_log import (
    CAMERA_ROOT,
    COLOR,
    DEPTH,
    FEEDBACK,
    JOINT_STATES,
    PLAN,
    TF,
    TF_STATIC,
)
from clap_data.episodes import EpisodeFile, Look, SubTaskRecord
from clap_msgs.action import ExecuteTask
from clap_msgs.msg import Plan, SubTask
from clap_ros.images import intrinsics_to_message, to_message
from clap_ros.task_messages import (
    key_action_to_message,
    keypoint_to_message,
    subtask_to_message,
)
from tf2_msgs.msg import TFMessage

BASE_FRAME = "base"
KEYPOINT = "/keypoint/keypoint"
HAND_JOINT_STATES = "/franka_gripper/joint_states"

FIXED_TOLERANCE = 1e-6
"""A camera whose pose varies less than this, in metres and in its rotation matrix, is fixed."""

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_STATES = QoSProfile(depth=10)
_IMAGES = QoSPresetProfiles.SYSTEM_DEFAULT.value

LINK_T_OPTICAL = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""From a camera's link (x forward, z up) to its optical frame (REP-103)."""


def write_bag(episode: EpisodeFile, folder: Path) -> int:
    """Write a rosbag2 MCAP as if the episode had been recorded on the robot.

    Between looks the arm moves as the stack's planner would move it, and rests at each look. An
    episode holds no images in between, so the bag has none either.

    Args:
        episode: the episode.
        folder: of the bag; made, must not exist.

    Returns:
        The number of messages.

    Raises:
        ClapError: INVALID_REQUEST if the folder exists or cannot be written; nothing is left then.
    """
    with _bag_writer(folder) as writer:
        return _EpisodeBag(episode, writer).write()


@contextmanager
def _bag_writer(folder: Path) -> Iterator[Writer]:
    """A bag that appears when it is complete."""
    if folder.exists():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {folder} exists already",
            "Choose another folder, or remove this one",
        )
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    try:
        partial.mkdir(parents=True)
        # 9 is the version of Jazzy's metadata.yaml.
        writer = Writer(partial / folder.name, version=9, storage_plugin=StoragePlugin.MCAP)
        with writer:
            yield writer
        (partial / folder.name).rename(folder)
    except OSError as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the bag {folder} cannot be written: {error.strerror or error}",
            "Make room on the disk, or choose another folder that can be written",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass(frozen=True)
class _CameraPlace:
    """Where a camera is fixed; parent "" for one that moves by itself."""

    parent: str
    parent_T_camera: NDArray[np.float64]


class _EpisodeBag:
    """Writes one bag."""

    def __init__(self, episode: EpisodeFile, writer: Writer) -> None:
        self._episode = episode
        self._record = episode.record
        self._writer = writer
        self._definitions = Definitions()
        self._connections: dict[str, Connection] = {}
        self._count = 0
        self._motions = Motions(self._record)
        self._places = {camera.name: self._place(camera.name) for camera in self._record.cameras}

    def write(self) -> int:
        """Write all of it; returns the number of messages."""
        begun = False
        for sample in self._motions.samples():
            if not begun:
                begun = True
                self._write_static(sample)
                self._write_plan(sample.stamp_ns)
            self._write_state(sample)
            if sample.look is not None:
                self._write_images(sample.stamp_ns, self._episode.look(sample.look))
            if sample.departs is not None:
                self._write_act(sample.stamp_ns, sample.departs)
        return self._count

    def _send(self, topic: str, message: Any, stamp_ns: int, qos: QoSProfile) -> None:
        if topic not in self._connections:
            kind = type(message)
            name = _type_name(kind)
            text, digest = self._definitions.get(name)
            self._connections[topic] = self._writer.add_connection(
                topic, name, msgdef=text, rihs01=digest, offered_qos_profiles=[to_recorded(qos)]
            )
        self._writer.write(self._connections[topic], stamp_ns, serialize_message(message))
        self._count += 1

    def _write_static(self, sample: Sample) -> None:
        arm = self._record.robot
        frames = self._motions.frames(sample)
        pairs = [(BASE_FRAME, f"{arm}_link0"), (f"{arm}_link7", f"{arm}_link8")]
        pairs += [(f"{arm}_link8", f"{arm}_hand"), (f"{arm}_hand", f"{arm}_hand_tcp")]
        frames[BASE_FRAME] = np.eye(4)
        transforms = [
            _stamped(parent, child, invert(frames[parent]) @ frames[child], sample.stamp_ns)
            for parent, child in pairs
        ]
        for name, place in self._places.items():
            if place.parent:
                parent_T_link = place.parent_T_camera @ invert(LINK_T_OPTICAL)
                transforms.append(
                    _stamped(place.parent, f"{name}_link", parent_T_link, sample.stamp_ns)
                )
            middle = f"{name}_color_frame"
            transforms += [
                _stamped(f"{name}_link", middle, np.eye(4), sample.stamp_ns),
                _stamped(middle, _optical_frame(name), LINK_T_OPTICAL, sample.stamp_ns),
            ]
        self._send(TF_STATIC, TFMessage(transforms=transforms), sample.stamp_ns, _LATCHED)

    def _write_plan(self, stamp_ns: int) -> None:
        subtasks = [_subtask_message(subtask) for subtask in self._record.subtasks]
        plan = Plan(instruction=self._record.instruction, subtasks=subtasks)
        plan.header = _header(stamp_ns, "")
        self._send(PLAN, plan, stamp_ns, _LATCHED)

    def _write_state(self, sample: Sample) -> None:
        arm = self._record.robot
        stamp_ns = sample.stamp_ns
        names = [f"{arm}_joint{number}" for number in range(1, len(sample.joints_rad) + 1)]
        fingers = [f"{arm}_finger_joint1", f"{arm}_finger_joint2"]
        positions = [*map(float, sample.joints_rad), *[0.5 * sample.width_m] * 2]
        both = JointState(name=names + fingers, position=positions)
        both.header = _header(stamp_ns, "")
        self._send(f"/{JOINT_STATES}", both, stamp_ns, _STATES)
        hand = JointState(name=fingers, position=positions[-2:])
        hand.header = _header(stamp_ns, "")
        self._send(HAND_JOINT_STATES, hand, stamp_ns, _STATES)
        frames = self._motions.frames(sample)
        transforms = [
            _stamped(
                f"{arm}_link{number}",
                f"{arm}_link{number + 1}",
                invert(frames[f"{arm}_link{number}"]) @ frames[f"{arm}_link{number + 1}"],
                stamp_ns,
            )
            for number in range(len(names))
        ]
        for name, place in self._places.items():
            if not place.parent:
                view = self._record.looks[sample.near_look].views[name]
                base_T_link = np.array(view.base_T_camera) @ invert(LINK_T_OPTICAL)
                transforms.append(_stamped(BASE_FRAME, f"{name}_link", base_T_link, stamp_ns))
        self._send(TF, TFMessage(transforms=transforms), stamp_ns, QoSProfile(depth=100))

    def _write_images(self, stamp_ns: int, look: Look) -> None:
        for view in look.views:
            header = _header(stamp_ns, _optical_frame(view.name))
            root = f"{CAMERA_ROOT}/{view.name}"
            info = intrinsics_to_message(view.intrinsics, header)
            for stream, image in ((COLOR, _colour(view, header)), (DEPTH, _depth(view, header))):
                self._send(f"{root}/{stream}/camera_info", info, stamp_ns, _STATES)
                self._send(f"{root}/{stream}/image_raw", image, stamp_ns, _IMAGES)

    def _write_act(self, stamp_ns: int, key_pose: int) -> None:
        """What the stack says when it begins a key action."""
        record = self._record.subtask_at(key_pose)
        if record is None:
            return
        key = self._record.looks[key_pose].key_pose
        assert key is not None
        said = ExecuteTask.Feedback(
            stage="acting",
            index=self._record.subtasks.index(record),
            count=len(self._record.subtasks),
            subtask=_subtask_message(record),
            action=key_action_to_message(key.action),
            text=key.text,
        )
        if record.keypoint_m is not None:
            label = " ".join(filter(None, (record.object, record.part))) or record.text
            keypoint = Keypoint(label, np.array(record.keypoint_m), stamp_ns=stamp_ns)
            said.keypoint = keypoint_to_message(keypoint, BASE_FRAME)
            if key_pose == record.key_poses[0]:
                self._send(KEYPOINT, said.keypoint, stamp_ns, _STATES)
        message = ExecuteTask.Impl.FeedbackMessage(feedback=said)
        self._send(FEEDBACK, message, stamp_ns, QoSProfile(depth=10))

    def _place(self, camera: str) -> _CameraPlace:
        """What a camera is fixed to: the base, or else the hand, or else nothing."""
        looks = self._record.looks
        base_T_camera = [np.array(look.views[camera].base_T_camera) for look in looks]
        base_T_hand = [self._motions.base_T_hand(np.array(look.joints_rad)) for look in looks]
        hand_T_camera = [
            invert(hand) @ pose for hand, pose in zip(base_T_hand, base_T_camera, strict=True)
        ]
        if _is_constant(base_T_camera):
            return _CameraPlace(BASE_FRAME, base_T_camera[0])
        if _is_constant(hand_T_camera):
            return _CameraPlace(f"{self._record.robot}_hand", hand_T_camera[0])
        return _CameraPlace("", np.eye(4))


def _is_constant(poses: Sequence[NDArray[np.float64]]) -> bool:
    return bool(np.abs(np.array(poses) - poses[0]).max() < FIXED_TOLERANCE)


def _type_name(kind: type) -> str:
    package, folder = kind.__module__.split(".")[:2]
    return f"{package}/{folder}/{kind.__name__}"


def _optical_frame(camera: str) -> str:
    return f"{camera}_color_optical_frame"


def _subtask_message(record: SubTaskRecord) -> SubTask:
    return subtask_to_message(record.subtask)


def _header(stamp_ns: int, frame: str) -> Header:
    header = Header(frame_id=frame)
    header.stamp = Time(nanoseconds=stamp_ns).to_msg()
    return header


def _stamped(
    parent: str, child: str, parent_T_child: NDArray[np.float64], stamp_ns: int
) -> TransformStamped:
    message = TransformStamped(header=_header(stamp_ns, parent), child_frame_id=child)
    t, q = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = map(float, parent_T_child[:3, 3])
    q.x, q.y, q.z, q.w = map(float, quaternion_xyzw(parent_T_child))
    return message


def _colour(view: CameraView, header: Header) -> Any:
    return to_message(view.rgb, "rgb8", header)


def _depth(view: CameraView, header: Header) -> Any:
    return to_message(view.depth, "16UC1", header)
