"""From an episode to a bag with the topics of the robot that it could have been recorded from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer

from clap_core.camera.camera_info import camera_info_fields
from clap_core.camera.image_message import image_fields
from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import invert
from clap_data.bags.camera_log import CAMERA_ROOT, COLOR, DEPTH
from clap_data.bags.demonstrated_motion import Motions, MotionSample
from clap_data.bags.messages import MessageWriter
from clap_data.bags.robot_log import FEEDBACK, JOINT_STATES, PLAN, TF, TF_STATIC
from clap_data.bags.stack_messages import (
    FEEDBACK_TYPE,
    IMAGE_TYPE,
    INFO_TYPE,
    JOINT_STATE_TYPE,
    KEYPOINT_TYPE,
    PLAN_TYPE,
    TF_TYPE,
    Fields,
    header_fields,
    joint_fields,
    key_action_fields,
    keypoint_fields,
    subtask_fields,
    transform_fields,
)
from clap_data.episodes import EpisodeFile, Look

BASE_FRAME = "base"
KEYPOINT = "/keypoint/keypoint"
HAND_JOINT_STATES = "/franka_gripper/joint_states"

FIXED_TOLERANCE = 1e-6
"""A camera whose pose varies less than this, in metres and in its rotation matrix, is fixed."""

_FOREVER = QosTime(0, 0)
_STATES = Qos(
    QosHistory.KEEP_LAST,
    10,
    QosReliability.RELIABLE,
    QosDurability.VOLATILE,
    _FOREVER,
    _FOREVER,
    QosLiveliness.SYSTEM_DEFAULT,
    _FOREVER,
    avoid_ros_namespace_conventions=False,
)
_FRAMES = _STATES._replace(depth=100)
_LATCHED = _STATES._replace(depth=1, durability=QosDurability.TRANSIENT_LOCAL)
_IMAGES = _STATES._replace(
    history=QosHistory.SYSTEM_DEFAULT,
    depth=0,
    reliability=QosReliability.SYSTEM_DEFAULT,
    durability=QosDurability.SYSTEM_DEFAULT,
)


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
        self._messages = MessageWriter()
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

    def _send(
        self, topic: str, type_name: str, fields: Fields, stamp_ns: int, qos: Qos = _STATES
    ) -> None:
        if topic not in self._connections:
            text, digest = self._messages.definition(type_name)
            self._connections[topic] = self._writer.add_connection(
                topic, type_name, msgdef=text, rihs01=digest, offered_qos_profiles=[qos]
            )
        data = self._messages.write(type_name, fields)
        self._writer.write(self._connections[topic], stamp_ns, data)
        self._count += 1

    def _write_static(self, sample: MotionSample) -> None:
        arm = self._record.robot
        frames = self._motions.frames(sample)
        pairs = [(BASE_FRAME, f"{arm}_link0"), (f"{arm}_link7", f"{arm}_link8")]
        pairs += [(f"{arm}_link8", f"{arm}_hand"), (f"{arm}_hand", f"{arm}_hand_tcp")]
        frames[BASE_FRAME] = np.eye(4)
        transforms = [
            transform_fields(parent, child, invert(frames[parent]) @ frames[child], sample.stamp_ns)
            for parent, child in pairs
        ]
        for name, place in self._places.items():
            if place.parent:
                parent_T_link = place.parent_T_camera @ invert(LINK_T_OPTICAL)
                transforms.append(
                    transform_fields(place.parent, f"{name}_link", parent_T_link, sample.stamp_ns)
                )
            middle = f"{name}_color_frame"
            transforms += [
                transform_fields(f"{name}_link", middle, np.eye(4), sample.stamp_ns),
                transform_fields(middle, color_frame(name), LINK_T_OPTICAL, sample.stamp_ns),
            ]
        self._send(TF_STATIC, TF_TYPE, {"transforms": transforms}, sample.stamp_ns, _LATCHED)

    def _write_plan(self, stamp_ns: int) -> None:
        plan = {
            "header": header_fields(stamp_ns),
            "instruction": self._record.instruction,
            "subtasks": [subtask_fields(record.subtask) for record in self._record.subtasks],
        }
        self._send(PLAN, PLAN_TYPE, plan, stamp_ns, _LATCHED)

    def _write_state(self, sample: MotionSample) -> None:
        arm = self._record.robot
        stamp_ns = sample.stamp_ns
        names = [f"{arm}_joint{number}" for number in range(1, len(sample.joints_rad) + 1)]
        fingers = [f"{arm}_finger_joint1", f"{arm}_finger_joint2"]
        positions = [*map(float, sample.joints_rad), *[0.5 * sample.width_m] * 2]
        both = joint_fields(stamp_ns, names + fingers, positions)
        self._send(f"/{JOINT_STATES}", JOINT_STATE_TYPE, both, stamp_ns)
        hand = joint_fields(stamp_ns, fingers, positions[-2:])
        self._send(HAND_JOINT_STATES, JOINT_STATE_TYPE, hand, stamp_ns)
        frames = self._motions.frames(sample)
        transforms = [
            transform_fields(
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
                transforms.append(
                    transform_fields(BASE_FRAME, f"{name}_link", base_T_link, stamp_ns)
                )
        self._send(TF, TF_TYPE, {"transforms": transforms}, stamp_ns, _FRAMES)

    def _write_images(self, stamp_ns: int, look: Look) -> None:
        for view in look.views:
            header = {"header": header_fields(stamp_ns, color_frame(view.name))}
            root = f"{CAMERA_ROOT}/{view.name}"
            info = header | camera_info_fields(view.intrinsics)
            for stream, pixels, encoding in (
                (COLOR, view.rgb, "rgb8"),
                (DEPTH, view.depth, "16UC1"),
            ):
                image = header | image_fields(pixels, encoding)
                self._send(f"{root}/{stream}/camera_info", INFO_TYPE, info, stamp_ns)
                self._send(f"{root}/{stream}/image_raw", IMAGE_TYPE, image, stamp_ns, _IMAGES)

    def _write_act(self, stamp_ns: int, key_pose: int) -> None:
        """What the stack says when it begins a key action."""
        record = self._record.subtask_at(key_pose)
        if record is None:
            return
        key = self._record.looks[key_pose].key_pose
        assert key is not None
        said: Fields = {
            "stage": "acting",
            "index": self._record.subtasks.index(record),
            "count": len(self._record.subtasks),
            "subtask": subtask_fields(record.subtask),
            "action": key_action_fields(key.action),
            "text": key.text,
        }
        if record.keypoint_m is not None:
            label = " ".join(filter(None, (record.object, record.part))) or record.text
            keypoint = keypoint_fields(label, record.keypoint_m, BASE_FRAME, stamp_ns)
            said["keypoint"] = keypoint
            if key_pose == record.key_poses[0]:
                self._send(KEYPOINT, KEYPOINT_TYPE, keypoint, stamp_ns)
        self._send(FEEDBACK, FEEDBACK_TYPE, {"feedback": said}, stamp_ns)

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
