"""Divides a demonstration's key poses among the sub-tasks of its instruction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, GripperCommand, SubTask
from clap_data.episodes import SubTaskRecord

EMPTY_HAND_M = 0.002
"""A hand that closes further than this holds nothing."""

_ENDS = {Action.GRASP: GripperCommand.GRASP, Action.RELEASE: GripperCommand.OPEN}
_ACTIONS = {GripperCommand.GRASP: Action.GRASP, GripperCommand.OPEN: Action.RELEASE}


@dataclass(frozen=True)
class Reached:
    """A key pose as a demonstration shows it.

    Attributes:
        point_m: [3] of the tool centre point.
        gripper: what the hand did there.
        width_m: of the hand afterwards.
    """

    point_m: NDArray[np.float64]
    gripper: GripperCommand
    width_m: float


@dataclass(frozen=True)
class _Segment:
    """Key poses up to the one at which the hand grasps or lets go, or the rest after the last."""

    start: int
    end: int
    acts_at: int
    ends_with: GripperCommand


def divide(
    poses: Sequence[Reached], subtasks: Sequence[SubTask], instruction: str
) -> tuple[SubTaskRecord, ...]:
    """Give each key pose to a sub-task.

    The demonstration is cut where the hand closes on something and where it lets go; what follows
    the last letting go (drawing back) still belongs to it. Where a hand acts is the keypoint: the
    tool centre point as it closes or opens, or at the last pose of a part without either.
    Sub-tasks are cut after each grasp and release likewise; within a part the last one gets the
    last key pose (and what follows it), those before it one each, the first one the rest.

    Args:
        poses: all key poses.
        subtasks: of the instruction's plan; if none, each part is one sub-task.
        instruction: says what parts without a plan are.

    Raises:
        ClapError: INVALID_REQUEST if the plan has other grasps and releases than the hand did.
    """
    segments = _segments(poses)
    if not subtasks:
        return tuple(
            SubTaskRecord.of(
                SubTask(_ACTIONS.get(part.ends_with, Action.MOVE), _part(i, segments, instruction)),
                poses[part.acts_at].point_m,
                (part.start, part.end),
            )
            for i, part in enumerate(segments)
        )
    groups = _groups(subtasks)
    planned = [_ENDS.get(group[-1].action, GripperCommand.KEEP) for group in groups]
    shown = [part.ends_with for part in segments]
    fits = planned == shown and all(
        len(group) <= part.acts_at + 1 - part.start
        for group, part in zip(groups, segments, strict=True)
    )
    if not fits:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the demonstration shows {_tell(shown)} in {len(poses)} key poses, but the plan has "
            f"{_tell(planned)} in {len(subtasks)} sub-tasks",
            "Give a plan that fits the demonstration, or none",
        )
    records: list[SubTaskRecord] = []
    for group, part in zip(groups, segments, strict=True):
        starts = [part.start, *range(part.acts_at + 2 - len(group), part.acts_at + 1)]
        for subtask, key_poses in zip(group, pairwise([*starts, part.end]), strict=True):
            records.append(SubTaskRecord.of(subtask, poses[part.acts_at].point_m, key_poses))
    return tuple(records)


def _segments(poses: Sequence[Reached]) -> list[_Segment]:
    segments: list[_Segment] = []
    start, holding = 0, False
    for number, pose in enumerate(poses):
        grasps = pose.gripper is GripperCommand.GRASP and pose.width_m > EMPTY_HAND_M
        releases = pose.gripper is GripperCommand.OPEN and holding
        if grasps or releases:
            holding = grasps
            segments.append(_Segment(start, number + 1, number, pose.gripper))
            start = number + 1
    if start < len(poses):
        if segments and segments[-1].ends_with is GripperCommand.OPEN:
            last = segments.pop()
            segments.append(_Segment(last.start, len(poses), last.acts_at, last.ends_with))
        else:
            last_pose = len(poses) - 1
            segments.append(_Segment(start, len(poses), last_pose, GripperCommand.KEEP))
    return segments


def _groups(subtasks: Sequence[SubTask]) -> list[list[SubTask]]:
    groups: list[list[SubTask]] = [[]]
    for subtask in subtasks:
        groups[-1].append(subtask)
        if subtask.action in _ENDS:
            groups.append([])
    return [group for group in groups if group]


def _part(index: int, segments: Sequence[_Segment], instruction: str) -> str:
    if len(segments) == 1:
        return instruction
    return f"{instruction} (part {index + 1} of {len(segments)})"


def _tell(commands: Sequence[GripperCommand]) -> str:
    words = {
        GripperCommand.GRASP: "a grasp",
        GripperCommand.OPEN: "a release",
        GripperCommand.KEEP: "a part without either",
    }
    return ", ".join(words[command] for command in commands) or "nothing"
