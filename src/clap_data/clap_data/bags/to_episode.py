"""From the bag of a demonstration, a person's or the stack's own, to an episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clap_core.backends import PLANNERS, create
from clap_core.camera import CameraView
from clap_core.errors import ClapError
from clap_core.geometry import rotation_distance
from clap_core.robot.kinematics import ArmKinematics, Transform
from clap_core.task_types import GripperCommand, KeyAction, Motion, SubTask
from clap_data.bags.divide import Reached, divide
from clap_data.bags.key_frames import KeyFrame, KeyFrameConfig, find_key_frames
from clap_data.bags.logged_images import LoggedImages
from clap_data.bags.reading import refusal
from clap_data.bags.robot_log import Act, RobotLog, read_robot_log
from clap_data.bags.stack_messages import NS_PER_S
from clap_data.episodes import EpisodeRecord, Header, Look, SubTaskRecord, write_episode

STRAIGHT_M = 0.01
"""A motion whose tool centre point stays this near to the line between its ends was straight."""

MOVED_M, TURNED_RAD = 0.002, 0.02
"""Less is no motion between two key frames."""

WIDE_M = 0.078
"""A hand that opens further than this is wide open."""

SOURCE = "robot"


@dataclass(frozen=True)
class Conversion:
    """How to make an episode of a bag.

    Attributes:
        instruction: what the person said; the bag's own plan says it if empty.
        variation: name of the task, for sorting.
        subtasks: of the instruction. Without: as the stack announced them in the bag, else as the
            baseline planner divides the instruction if that fits what the hand did, else one
            between any two changes of the hand.
        cameras: names; all with colour and aligned depth if none.
        base_frame: in which cameras' poses are wanted; franka_description's names if empty.
        image_gap_s: furthest that an image may be from the time in which the robot stood still.
        key_frames: what counts as a key frame.
        success: whether the demonstration is a good one; None for unknown.
    """

    instruction: str = ""
    variation: str = ""
    subtasks: tuple[SubTask, ...] = ()
    cameras: tuple[str, ...] = ()
    base_frame: str = ""
    image_gap_s: float = 0.2
    key_frames: KeyFrameConfig = field(default_factory=KeyFrameConfig)
    success: bool | None = True


def convert(bag: Path, destination: Path, conversion: Conversion) -> EpisodeRecord:
    """Make an episode of a bag.

    Key poses are where the arm was, by forward kinematics of its joints.

    Args:
        bag: folder or file, as recorded on the robot.
        destination: the episode's file; replaced if it exists.
        conversion: how.

    Returns:
        What was written, without the pixels.

    Raises:
        ClapError: INVALID_REQUEST if topics are missing, nothing moves, a camera has no image of
            a key frame, the instruction is not known, or the plan does not fit;
            TRANSFORM_UNAVAILABLE if a camera's pose is not known.
    """
    log = read_robot_log(bag, conversion.cameras)
    found = outline(bag, log, conversion)
    header = Header(
        source=SOURCE,
        robot=log.arm.arm_id,
        variation=conversion.variation,
        instruction=found.instruction,
        success=conversion.success,
        software="clap data from-bag",
        subtasks=found.subtasks,
    )
    images = LoggedImages(
        bag, log, found.frames, conversion.base_frame, round(conversion.image_gap_s * NS_PER_S)
    )
    path, actions = _Path(log), found.actions
    looks = (
        path.look(frame, images.views(number), actions[number] if number < len(actions) else None)
        for number, frame in enumerate(found.frames)
    )
    return write_episode(destination, header, looks)


@dataclass(frozen=True)
class Outline:
    """A demonstration in a bag, without its images.

    Attributes:
        instruction: what was asked for.
        frames: key frames, at least two.
        actions: what led from each key frame to the next.
        subtasks: in their order.
        base_T_tcp: [4, 4] where the hand began.
    """

    instruction: str
    frames: tuple[KeyFrame, ...]
    actions: tuple[KeyAction, ...]
    subtasks: tuple[SubTaskRecord, ...]
    base_T_tcp: Transform


def outline(bag: Path, log: RobotLog, conversion: Conversion) -> Outline:
    """Find the key poses and sub-tasks of a demonstration.

    Args:
        bag: named in errors.
        log: what it says.
        conversion: how.

    Raises:
        ClapError: INVALID_REQUEST if nothing moves, the instruction is not known, or the plan
            does not fit.
    """
    instruction = conversion.instruction or log.instruction
    if not instruction:
        raise refusal(f"the bag {bag} does not say what was asked for", "Give --instruction")
    frames = find_key_frames(
        log.arm_ns, log.joints_rad, log.hand_ns, log.width_m, conversion.key_frames
    )
    if len(frames) < 2:
        raise refusal(
            f"nothing moves in the bag {bag}",
            "Record the whole demonstration, or lower --rest-speed and --gripper-change",
        )
    path = _Path(log)
    actions = path.actions(frames)
    subtasks = _subtasks(path, frames, actions, instruction, conversion.subtasks)
    start = path.tcp(frames[0].look_ns)
    return Outline(instruction, tuple(frames), tuple(actions), subtasks, start)


class _Path:
    """Where the robot was."""

    def __init__(self, log: RobotLog) -> None:
        self.log = log
        self._kinematics = ArmKinematics(log.arm)

    def joints(self, time_ns: int) -> NDArray[np.float64]:
        """[7] at a time, between samples interpolated."""
        columns = self.log.joints_rad.T
        return np.array([np.interp(time_ns, self.log.arm_ns, column) for column in columns])

    def tcp(self, time_ns: int) -> Transform:
        """[4, 4] base_T_tcp at a time."""
        return self._kinematics.forward(self.joints(time_ns))

    def width(self, time_ns: int) -> float:
        """Of the hand."""
        return float(np.interp(time_ns, self.log.hand_ns, self.log.width_m))

    def look(
        self, frame: KeyFrame, views: tuple[CameraView, ...], action: KeyAction | None
    ) -> Look:
        """A look at a key frame."""
        time_ns = frame.look_ns
        return Look(
            views, self.joints(time_ns), self.tcp(time_ns), self.width(time_ns), time_ns, action
        )

    def actions(self, frames: Sequence[KeyFrame]) -> list[KeyAction]:
        """What led from each key frame to the next."""
        said = [_said(self.log.acts, *pair) for pair in pairwise(frames)]
        return [
            self._action(before, frame, frames[number + 2 :], said[number])
            for number, (before, frame) in enumerate(pairwise(frames))
        ]

    def _action(
        self, before: KeyFrame, frame: KeyFrame, later: Sequence[KeyFrame], said: Sequence[Act]
    ) -> KeyAction:
        width_m = self.width(frame.look_ns)
        command = frame.gripper
        changes = (other.gripper for other in later if other.gripper is not GripperCommand.KEEP)
        if command is GripperCommand.GRASP and next(changes, None) is GripperCommand.GRASP:
            command = GripperCommand.OPEN  # it closed again later, so this was to be less wide
        opened = command is GripperCommand.OPEN and width_m < WIDE_M
        return KeyAction(
            self.tcp(frame.arrival_ns),
            self._motion(before.look_ns, frame.arrival_ns),
            command,
            width_m if opened else 0.0,
            text=said[-1].text if said else "",
        )

    def _motion(self, start_ns: int, end_ns: int) -> Motion:
        start, end = self.tcp(start_ns), self.tcp(end_ns)
        way = end[:3, 3] - start[:3, 3]
        length = float(np.linalg.norm(way))
        if length < MOVED_M and rotation_distance(start, end) < TURNED_RAD:
            return Motion.NONE
        inside = (self.log.arm_ns > start_ns) & (self.log.arm_ns < end_ns)
        points = np.array(
            [self._kinematics.forward(row)[:3, 3] for row in self.log.joints_rad[inside]]
        ).reshape(-1, 3)
        along = np.clip((points - start[:3, 3]) @ way / max(length**2, MOVED_M**2), 0.0, 1.0)
        away = np.linalg.norm(points - start[:3, 3] - along[:, None] * way, axis=1)
        return Motion.LINEAR if away.max(initial=0.0) <= STRAIGHT_M else Motion.JOINT


def _said(acts: Sequence[Act], before: KeyFrame, frame: KeyFrame) -> list[Act]:
    """What the stack announced between two arrivals."""
    return [act for act in acts if before.arrival_ns <= act.stamp_ns < frame.arrival_ns]


def _subtasks(
    path: _Path,
    frames: Sequence[KeyFrame],
    actions: Sequence[KeyAction],
    instruction: str,
    given: Sequence[SubTask],
) -> tuple[SubTaskRecord, ...]:
    poses = [
        Reached(action.base_T_tcp[:3, 3], action.gripper, path.width(frame.look_ns))
        for action, frame in zip(actions, frames[1:], strict=True)
    ]
    if given:
        return divide(poses, given, instruction)
    if path.log.acts:
        return _announced(path.log.acts, frames)
    try:
        return divide(poses, create(PLANNERS, "baseline").plan(instruction), instruction)
    except ClapError:
        return divide(poses, (), instruction)


def _announced(acts: Sequence[Act], frames: Sequence[KeyFrame]) -> tuple[SubTaskRecord, ...]:
    """The sub-tasks as the stack did them."""
    records: list[SubTaskRecord] = []
    current = acts[0]
    start = 0
    for number, pair in enumerate(pairwise(frames)):
        said = _said(acts, *pair)
        if said and said[0].index != current.index and number > start:
            records.append(SubTaskRecord.of(current.subtask, current.keypoint_m, (start, number)))
            start = number
        if said and number == start:
            current = said[0]
    records.append(SubTaskRecord.of(current.subtask, current.keypoint_m, (start, len(frames) - 1)))
    return tuple(records)
