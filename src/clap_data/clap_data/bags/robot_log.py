"""What a bag says of a robot: joints, hand, frames, cameras, plan. Images stay in the bag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection

from clap_core.errors import ClapError, ErrorCode
from clap_core.frames import FrameBuffer
from clap_core.robot.specification import ARMS, JOINTS, ArmSpecification
from clap_core.task_types import SubTask
from clap_data.bags.camera_log import (
    CAMERA_INFO,
    CAMERA_ROOT,
    COLOR,
    DEPTH,
    IMAGE,
    RECTIFIED,
    CameraLog,
    camera_topic,
    header_stamp_ns,
)
from clap_data.bags.joint_log import JointTopic, Samples, series
from clap_data.bags.messages import MessageReader
from clap_data.bags.one_arm import open_bag_of_one_arm
from clap_data.bags.reading import Bag
from clap_data.bags.stack_messages import (
    FEEDBACK_TYPE,
    IMAGE_TYPE,
    JOINT_STATE_TYPE,
    PLAN_TYPE,
    TF_TYPE,
    add_transforms,
)

JOINT_STATES = "joint_states"
TF, TF_STATIC = "/tf", "/tf_static"
PLAN = "/task_planner/plan_result"
FEEDBACK = "/task_executive/execute_task/_action/feedback"
_ALL_NS_S = 1e6
"""Seconds of frames to keep: more than any demonstration takes."""

_FINGERS = 2


@dataclass(frozen=True)
class Act:
    """A key action that the stack said it was about to do.

    Attributes:
        stamp_ns: when it said so: the stamp of the newest joint states then, as the message has
            none, and the bag's own clock may be another.
        index: of the sub-task.
        subtask: the sub-task.
        keypoint_m: [3] in the base frame; None if none was said.
        text: the action in words.
    """

    stamp_ns: int
    index: int
    subtask: SubTask
    keypoint_m: NDArray[np.float64] | None
    text: str


@dataclass
class RobotLog:
    """A bag's content without the pixels.

    Attributes:
        arm: whose joints they are.
        arm_ns, joints_rad: [N] times and [N, 7] positions.
        hand_ns, width_m: [M] times and widths of the hand.
        frames: all of /tf and /tf_static.
        cameras: with colour and aligned depth.
        instruction: of the recorded plan; empty without.
        acts: what the stack said it did; empty for a person's demonstration.
    """

    arm: ArmSpecification
    arm_ns: NDArray[np.int64]
    joints_rad: NDArray[np.float64]
    hand_ns: NDArray[np.int64]
    width_m: NDArray[np.float64]
    frames: FrameBuffer
    cameras: dict[str, CameraLog]
    instruction: str
    acts: list[Act]


Watch = Callable[[Connection, int, bytes], None]
"""Told each message that is read: its connection, when it was recorded, ns, and its bytes."""


def read_robot_log(
    bag: Path, cameras: Iterable[str] = (), watch: Watch = lambda *message: None
) -> RobotLog:
    """Read what a bag says of a robot.

    Args:
        bag: folder or file.
        cameras: names of those that are wanted; all that have colour and aligned depth if none.
        watch: sees the messages, too, also those that are then refused.

    Raises:
        ClapError: INVALID_REQUEST, naming the topics that are missing.
    """
    collected = RobotLogBuilder(bag, watch)
    with open_bag_of_one_arm(bag) as reader:
        collected.read(reader)
    return collected.log(tuple(cameras))


class RobotLogBuilder:
    """Sorts messages by topic, from a bag or while they are recorded.

    Args:
        bag: named in errors.
        watch: as of `read_robot_log`.
    """

    def __init__(self, bag: Path, watch: Watch = lambda *message: None) -> None:
        self._bag = bag
        self._watch = watch
        self._messages = MessageReader()
        self._joints: dict[str, JointTopic] = {}
        """By topic: a joint may be on several, with other delays."""
        self._frames = FrameBuffer(_ALL_NS_S)
        self._has_frames = False
        self._cameras: dict[str, CameraLog] = {}
        self._instruction = ""
        self._acts: list[Act] = []
        self._now_ns = 0
        self._recorded_ns = 0
        self._topics: set[str] = set()
        self._handlers: dict[int, Callable[[bytes], None] | None] = {}

    def read(self, reader: Bag) -> None:
        """Take in a bag."""
        wanted = [item for item in reader.connections if self._handler_of(item) is not None]
        for connection, recorded_ns, data in reader.messages(wanted):
            self.add(connection, recorded_ns, data)

    def add(self, connection: Connection, recorded_ns: int, data: bytes) -> None:
        """Take in a message.

        Raises:
            ClapError: INVALID_REQUEST if it cannot be read, or a clock was set back.
        """
        handle = self._handler_of(connection)
        if handle is not None:
            self._recorded_ns = recorded_ns
            self._watch(connection, recorded_ns, data)
            handle(data)

    def log(self, wanted: tuple[str, ...]) -> RobotLog:
        """What was found, checked."""
        arm, arm_joints = next(
            (
                (arm, found)
                for arm in ARMS.values()
                if (found := self._with_joints(arm.joint_names)) is not None
            ),
            (None, {}),
        )
        finger_names = [f"{arm.arm_id}_finger_joint{i + 1}" for i in range(_FINGERS)] if arm else []
        # One finger may be left out: it mimics the other.
        finger_joints = self._with_joints(finger_names) or self._with_joints(finger_names[:1]) or {}
        fingers = [name for name in finger_names if name in finger_joints]
        cameras = {
            name: camera
            for name, camera in sorted(self._cameras.items())
            if (name in wanted or not wanted) and self._is_complete(camera)
        }
        self._check(arm, fingers, wanted, cameras)
        assert arm is not None
        arm_ns, joints_rad = series([arm_joints[name] for name in arm.joint_names])
        hand_ns, finger_m = series([finger_joints[name] for name in fingers])
        width_m = finger_m.sum(axis=1) * (_FINGERS / len(fingers))
        return RobotLog(
            arm, arm_ns, joints_rad, hand_ns, width_m, self._frames,
            {name: cameras[name] for name in wanted or cameras}, self._instruction, self._acts,
        )  # fmt: skip

    def _check(
        self,
        arm: ArmSpecification | None,
        fingers: list[str],
        wanted: tuple[str, ...],
        cameras: dict[str, CameraLog],
    ) -> None:
        problems = {n: c.problem for n, c in self._cameras.items() if c.problem is not None}
        for name in wanted or (() if cameras else sorted(problems)):
            if name in problems:
                raise problems[name]
        missing = []
        if arm is None:
            missing.append(f"/{JOINT_STATES} with the arm's {JOINTS} joints ({', '.join(ARMS)})")
        if not fingers:
            missing.append(f"/{JOINT_STATES} with the hand's finger joints")
        if not self._has_frames:
            missing.append(f"{TF} and {TF_STATIC} with the cameras' poses")
        for name in [name for name in wanted or ("NAME",) if name not in cameras]:
            if wanted or not cameras:
                root = f"{CAMERA_ROOT}/{name}"
                missing.append(
                    f"{root}/{COLOR}/image_raw, {root}/{DEPTH}/image_raw and "
                    f"{root}/{COLOR}/camera_info"
                )
        if missing:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the bag {self._bag} lacks {'; '.join(missing)}",
                "Record again with `./clap record /joint_states /tf /tf_static '/camera/*'` while "
                "the robot's and the cameras' drivers run (align_depth.enable:=true)",
                seen=tuple(sorted(self._topics)),
            )

    def _is_complete(self, camera: CameraLog) -> bool:
        return camera.rectification is not None and all(camera.stamps_ns.values())

    def _with_joints(self, names: Sequence[str]) -> Samples | None:
        """Times and positions on the topic that has all of the joints; /joint_states if it does."""
        topics = sorted(self._joints, key=lambda topic: (topic != f"/{JOINT_STATES}", topic))
        for topic in topics:
            found = self._joints[topic]
            if names and all(name in found.samples for name in names):
                found.check()
                return found.samples
        return None

    def _handler_of(self, connection: Connection) -> Callable[[bytes], None] | None:
        if connection.id not in self._handlers:
            self._topics.add(connection.topic)
            self._handlers[connection.id] = self._handler(connection)
        return self._handlers[connection.id]

    def _handler(self, connection: Connection) -> Callable[[bytes], None] | None:
        """What to do with the messages of a topic; None to pass over it."""
        topic, kind = connection.topic, connection.msgtype

        def parsed(handle: Callable[[Any], None]) -> Callable[[bytes], None]:
            return lambda data: handle(self._messages.read(connection, data, kind))

        if topic in (TF, TF_STATIC):
            kind = TF_TYPE  # also where the bag says tf/msg/tfMessage: the bytes are the same
            return parsed(lambda message: self._transforms(message, topic == TF_STATIC))
        if kind == JOINT_STATE_TYPE and topic.rsplit("/", 1)[-1] == JOINT_STATES:
            joints = self._joints.setdefault(topic, JointTopic(topic))
            return parsed(lambda message: self._joint_states(joints, message))
        if topic == PLAN and kind == PLAN_TYPE:
            return parsed(self._plan)
        if topic == FEEDBACK and kind == FEEDBACK_TYPE:
            return parsed(self._feedback)
        found = camera_topic(topic)
        if found is None:
            return None
        name, stream, what = found
        camera = self._cameras.setdefault(name, CameraLog(name))
        if what == CAMERA_INFO:
            return parsed(camera.note_info)
        if kind == IMAGE_TYPE and what in (IMAGE, RECTIFIED):
            return lambda data: camera.note_image(stream, topic, header_stamp_ns(data))
        return None

    def _joint_states(self, joints: JointTopic, message: Any) -> None:
        self._now_ns = joints.add(message, self._recorded_ns)

    def _transforms(self, message: Any, is_static: bool) -> None:
        self._has_frames |= add_transforms(self._frames, message, is_static)

    def _plan(self, message: Any) -> None:
        self._instruction = self._instruction or message.instruction

    def _feedback(self, message: Any) -> None:
        said = message.feedback
        if said.stage != "acting":
            return
        point = said.keypoint.point
        keypoint_m = np.array([point.x, point.y, point.z]) if said.keypoint.label else None
        if keypoint_m is not None and not np.isfinite(keypoint_m).all():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the keypoint '{said.keypoint.label}' on {FEEDBACK} is not finite",
                "Record again",
            )
        self._acts.append(
            Act(
                self._now_ns,
                said.index,
                SubTask.of_message(said.subtask),
                keypoint_m,
                said.text,
            )
        )
