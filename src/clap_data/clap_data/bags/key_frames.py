"""Finds the key frames of a demonstration: where the arm rested and where the hand changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from clap_core.task_types import GripperCommand
from clap_data.bags.stack_messages import NS_PER_S


class KeyFrameConfig(BaseModel, frozen=True, extra="forbid"):
    """What counts as a rest of the arm and as a change of the hand."""

    rest_speed_rad_s: float = Field(
        0.03, gt=0.0, description="The arm rests while no joint is faster [rad/s]"
    )
    rest_s: float = Field(0.2, gt=0.0, description="Shortest rest that makes a key frame [s]")
    gripper_speed_m_s: float = Field(
        0.01, gt=0.0, description="The hand moves while its width changes faster [m/s]"
    )
    gripper_change_m: float = Field(
        0.005, gt=0.0, description="Smallest change of the hand's width that counts [m]"
    )
    min_turn_rad: float = Field(
        0.03,
        ge=0.0,
        description="A rest at which no joint is further from where it was at the key frame before "
        "is the same rest [rad]",
    )
    smoothing_s: float = Field(
        0.1, gt=0.0, description="Time over which speeds are measured [s]; at least two samples"
    )


@dataclass(frozen=True)
class KeyFrame:
    """A moment at which a key pose was reached.

    Attributes:
        arrival_ns: when the arm stood there, before the hand did anything.
        still_ns: from when on the hand was done, too.
        look_ns: until when nothing moved: the best moment for the next look.
        gripper: what the hand did.
    """

    arrival_ns: int
    still_ns: int
    look_ns: int
    gripper: GripperCommand


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends included."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Change(Span):
    """A movement of the hand."""

    command: GripperCommand


def find_key_frames(
    arm_ns: NDArray[np.int64],
    joints_rad: NDArray[np.float64],
    hand_ns: NDArray[np.int64],
    width_m: NDArray[np.float64],
    config: KeyFrameConfig | None = None,
) -> list[KeyFrame]:
    """The key frames of a demonstration in their order, at least the start.

    The first is the start: the end of the rest that the recording begins with. Then each change
    of the hand makes one, wherever the arm is, and each rest of the arm without such a change, if
    the arm has moved since the one before. The end of the recording is taken for a rest.

    Args:
        arm_ns: [N] times of the joint positions, rising.
        joints_rad: [N, 7].
        hand_ns: [M] times of the widths, rising.
        width_m: [M].
        config: what counts.
    """
    config = config or KeyFrameConfig()
    rests = find_rests(arm_ns, joints_rad, config)
    changes = _changes(hand_ns, width_m, config)
    first_ns = start_ns = int(arm_ns[0])
    if rests[0].start_ns == first_ns:
        start_ns = min([rests.pop(0).end_ns, *(change.start_ns for change in changes)])
        start_ns = max(first_ns, start_ns)
    frames = [_at_change(change, rests, changes) for change in changes]
    frames += [
        KeyFrame(rest.start_ns, rest.start_ns, rest.end_ns, GripperCommand.KEEP)
        for rest in rests
        if not any(_overlap(rest, change) for change in changes)
    ]
    found = [KeyFrame(first_ns, first_ns, start_ns, GripperCommand.KEEP)]
    for frame in sorted(frames, key=lambda frame: frame.arrival_ns):
        before = found[-1]
        moved = _at(arm_ns, joints_rad, frame.arrival_ns) - _at(arm_ns, joints_rad, before.look_ns)
        if frame.gripper is GripperCommand.KEEP and np.abs(moved).max() <= config.min_turn_rad:
            found[-1] = replace(before, look_ns=frame.look_ns)
        else:
            found.append(frame)
    return found


def _at_change(change: Change, rests: list[Span], changes: list[Change]) -> KeyFrame:
    """The key frame of a change: in the rest around it, else in the middle of a motion."""
    arrival_ns, look_ns = change.start_ns, change.end_ns
    for rest in rests:
        if _overlap(rest, change):
            arrival_ns = max(arrival_ns, rest.start_ns)
            look_ns = max(look_ns, rest.end_ns)
    later = [other.start_ns for other in changes if other.start_ns > change.end_ns]
    return KeyFrame(arrival_ns, change.end_ns, min([look_ns, *later]), change.command)


def find_rests(
    arm_ns: NDArray[np.int64], joints_rad: NDArray[np.float64], config: KeyFrameConfig
) -> list[Span]:
    """When the arm rested, in order; the end of the recording counts as a rest, if of no time.

    Args:
        arm_ns: [N] times of the joint positions, rising.
        joints_rad: [N, 7].
        config: what counts.
    """
    speed = np.abs(_rates(arm_ns, joints_rad, config.smoothing_s)).max(axis=1)
    spans = _runs(arm_ns, speed < config.rest_speed_rad_s)
    last_ns = int(arm_ns[-1])
    spans = [
        span
        for span in spans
        if span.end_ns - span.start_ns >= config.rest_s * NS_PER_S or span.end_ns == last_ns
    ]
    if not spans or spans[-1].end_ns != last_ns:
        spans.append(Span(last_ns, last_ns))
    return spans


def _changes(
    hand_ns: NDArray[np.int64], width_m: NDArray[np.float64], config: KeyFrameConfig
) -> list[Change]:
    rates = _rates(hand_ns, width_m[:, None], config.smoothing_s)[:, 0]
    found = []
    for sign, command in ((-1.0, GripperCommand.GRASP), (1.0, GripperCommand.OPEN)):
        for span in _runs(hand_ns, sign * rates > config.gripper_speed_m_s):
            start, end = np.searchsorted(hand_ns, (span.start_ns, span.end_ns))
            if abs(width_m[end] - width_m[start]) >= config.gripper_change_m:
                found.append(Change(span.start_ns, span.end_ns, command))
    return sorted(found, key=lambda change: change.start_ns)


def _rates(
    times_ns: NDArray[np.int64], values: NDArray[np.float64], window_s: float
) -> NDArray[np.float64]:
    """[N, ...] change per second around each sample, over a window or at least two samples."""
    half = round(0.5 * window_s * NS_PER_S)
    index = np.arange(len(times_ns))
    before = np.searchsorted(times_ns, times_ns - half, side="left")
    after = np.searchsorted(times_ns, times_ns + half, side="right") - 1
    before = np.maximum(np.minimum(before, index - 1), 0)
    after = np.minimum(np.maximum(after, index + 1), len(times_ns) - 1)
    seconds = np.maximum(times_ns[after] - times_ns[before], 1) / NS_PER_S
    return np.asarray((values[after] - values[before]) / seconds[:, None])


def _runs(times_ns: NDArray[np.int64], mask: NDArray[np.bool_]) -> list[Span]:
    """The stretches in which the mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [
        Span(int(times_ns[start]), int(times_ns[end - 1]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _at(
    times_ns: NDArray[np.int64], values: NDArray[np.float64], time_ns: int
) -> NDArray[np.float64]:
    return np.asarray(values[np.argmin(np.abs(times_ns - time_ns))])


def _overlap(first: Span, second: Span) -> bool:
    return first.start_ns <= second.end_ns and second.start_ns <= first.end_ns
