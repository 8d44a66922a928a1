"""How the messages of a recording follow each other: rates, gaps, stamps, units, names."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection

from clap_core.camera.image_message import to_array
from clap_core.errors import ClapError
from clap_core.robot.specification import ARMS
from clap_data.bags.camera_log import DEPTH, IMAGE, RECTIFIED, camera_topic, header_stamp_ns
from clap_data.bags.joint_log import STEP_BACK_S
from clap_data.bags.messages import MessageReader
from clap_data.bags.robot_log import JOINT_STATES
from clap_data.bags.stack_messages import IMAGE_TYPE, JOINT_STATE_TYPE, NS_PER_S
from clap_data.checks.depth import depth_problem
from clap_data.checks.findings import DataFinding, FindingKind

LEAST_JOINTS_HZ, LEAST_IMAGES_HZ = 15.0, 5.0
"""With fewer, a rest of 0.2 s is seen by chance."""

JOINTS_GAP_S, JOINTS_LOST_S, IMAGES_GAP_S = 0.2, 0.5, 0.5
"""Longest silences; of joint states, also that from which key poses may be lost."""

SKEW_S, FALSE_SKEW_S = 0.25, 0.5
"""How far two topics' stamps may differ for what arrives together: doubtful, of no use."""

DEPTH_EVERY_S = 2.0
"""One depth image in so many seconds is looked into."""

_LARGEST_RAD = 2.0 * np.pi
"""No joint of these arms turns that far; in degrees they soon do."""

_LARGEST_FINGER_M = 0.2

_ARM_JOINT = re.compile(r"joint_?[1-7]$")


@dataclass
class Stream:
    """A topic's messages.

    Attributes:
        topic: name.
        is_image: of a camera; else joint states.
        stamps_ns, recorded_ns: by their headers, and when they came.
        largest_rad, largest_finger_m: of the joints that they tell of.
        names: of these joints.
    """

    topic: str
    is_image: bool
    stamps_ns: list[int] = field(default_factory=list)
    recorded_ns: list[int] = field(default_factory=list)
    largest_rad: float = 0.0
    largest_finger_m: float = 0.0
    names: set[str] = field(default_factory=set)

    @property
    def rate_hz(self) -> float:
        """Messages a second by their stamps; 0 with less than two."""
        span_ns = max(self.stamps_ns, default=0) - min(self.stamps_ns, default=0)
        return (len(self.stamps_ns) - 1) * NS_PER_S / span_ns if span_ns > 0 else 0.0


class Streams:
    """Collects a recording's streams while it is read; a `robot_log.Watch`.

    Args:
        bag: whose they are.
        cameras: names of those that matter; all if none.
    """

    def __init__(self, bag: Path, cameras: Collection[str] = ()) -> None:
        self._bag = bag
        self._cameras = cameras
        self._messages = MessageReader()
        self._by_topic: dict[str, Stream] = {}
        self._depth: dict[str, tuple[int, str]] = {}
        """When a topic's depth was looked into last, ns, and what was wrong with it."""

    def __call__(self, connection: Connection, recorded_ns: int, data: bytes) -> None:
        """Take in a message."""
        topic, kind = connection.topic, connection.msgtype
        found = camera_topic(topic)
        if found is not None and self._cameras and found[0] not in self._cameras:
            return
        if kind == JOINT_STATE_TYPE and topic.rsplit("/", 1)[-1] == JOINT_STATES:
            stream = self._by_topic.setdefault(topic, Stream(topic, is_image=False))
            _note_joints(stream, self._messages.read(connection, data))
        elif kind == IMAGE_TYPE and found is not None and found[2] in (IMAGE, RECTIFIED):
            stream = self._by_topic.setdefault(topic, Stream(topic, is_image=True))
            if found[1] == DEPTH:
                self._look_into(connection, recorded_ns, data)
        else:
            return
        stream.stamps_ns.append(header_stamp_ns(data) or recorded_ns)
        stream.recorded_ns.append(recorded_ns)

    @property
    def all(self) -> tuple[Stream, ...]:
        """By their topics' names."""
        return tuple(self._by_topic[topic] for topic in sorted(self._by_topic))

    @property
    def start_ns(self) -> int:
        """First stamp of joint states; of anything without."""
        joints = [stream.stamps_ns[0] for stream in self.all if not stream.is_image]
        return min(joints or [stream.stamps_ns[0] for stream in self.all], default=0)

    def findings(self) -> list[DataFinding]:
        """What is wrong with them."""
        found = [finding for stream in self.all for finding in self._of(stream)]
        for topic, (_, problem) in sorted(self._depth.items()):
            if problem:
                cure = "Publish 16UC1 in millimetres or 32FC1 in metres (REP 118), and record again"
                found.append(
                    DataFinding(
                        FindingKind.UNITS, self._bag, f"{topic} {problem}", None, True, cure
                    )
                )
        return found + self._skewed() + self._other_robot()

    def _of(self, stream: Stream) -> list[DataFinding]:
        found = []
        stamps = np.array(stream.stamps_ns)
        steps_s = np.diff(stamps) / NS_PER_S
        least_hz, gap_s, lost_s = (
            (LEAST_IMAGES_HZ, IMAGES_GAP_S, np.inf)
            if stream.is_image
            else (LEAST_JOINTS_HZ, JOINTS_GAP_S, JOINTS_LOST_S)
        )
        if (steps_s < 0.0).any():
            worst = int(steps_s.argmin())
            reason = f"{stream.topic}: the stamps go back by {-steps_s[worst]:.3f} s"
            is_fatal = bool(-steps_s[worst] > STEP_BACK_S)
            found.append(
                DataFinding(
                    FindingKind.STAMPS, self._bag, reason, self._at_s(stamps[worst]), is_fatal
                )
            )
        stamps = np.sort(stamps)
        steps_s = np.diff(stamps) / NS_PER_S
        is_slow = stream.rate_hz < least_hz  # then the gaps say no more, unless they are long
        if steps_s.size and steps_s.max() > (lost_s if is_slow else gap_s):
            worst = int(steps_s.argmax())
            count = int((steps_s > gap_s).sum())
            more = f", and {count - 1} shorter ones" if count > 1 else ""
            reason = f"{stream.topic} is silent for {steps_s[worst]:.2f} s{more}"
            is_fatal = bool(steps_s[worst] > lost_s)
            found.append(
                DataFinding(FindingKind.GAP, self._bag, reason, self._at_s(stamps[worst]), is_fatal)
            )
        if is_slow:
            reason = f"{stream.topic} comes with {stream.rate_hz:.1f} Hz, below {least_hz:.0f} Hz"
            found.append(DataFinding(FindingKind.RATE, self._bag, reason, None, is_fatal=False))
        if stream.largest_rad > _LARGEST_RAD:
            reason = (
                f"{stream.topic} has a joint of the arm at {stream.largest_rad:.1f}, as in degrees"
            )
            found.append(DataFinding(FindingKind.UNITS, self._bag, reason))
        if stream.largest_finger_m > _LARGEST_FINGER_M:
            reason = f"{stream.topic} has a finger at {stream.largest_finger_m:.1f}, as in mm"
            found.append(DataFinding(FindingKind.UNITS, self._bag, reason))
        return found

    def _skewed(self) -> list[DataFinding]:
        """Images whose clock is not that of the joint states that arrive with them."""
        joints = [one for one in self.all if not one.is_image and len(one.stamps_ns) > 1]
        if not joints:
            return []
        arm = max(joints, key=lambda one: len(one.stamps_ns))
        found = []
        for stream in self.all:
            if not stream.is_image:
                continue
            ahead_s = _ahead_s(stream, arm)
            if abs(ahead_s) > SKEW_S:
                side = "after" if ahead_s > 0.0 else "before"
                reason = (
                    f"{stream.topic} is stamped {abs(ahead_s):.2f} s {side} what "
                    f"{arm.topic} says when it arrives"
                )
                is_fatal = abs(ahead_s) > FALSE_SKEW_S
                found.append(DataFinding(FindingKind.SKEW, self._bag, reason, None, is_fatal))
        return found

    def _other_robot(self) -> list[DataFinding]:
        names = sorted(name for stream in self.all for name in stream.names)
        known = {name for arm in ARMS.values() for name in arm.joint_names}
        foreign = [name for name in names if _ARM_JOINT.search(name) and name not in known]
        if not foreign or known & set(names):
            return []
        reason = f"its joints are {', '.join(foreign[:3])}, ..., not those of {', '.join(ARMS)}"
        return [DataFinding(FindingKind.OTHER_ROBOT, self._bag, reason)]

    def _look_into(self, connection: Connection, recorded_ns: int, data: bytes) -> None:
        last_ns, problem = self._depth.get(connection.topic, (-(10**18), ""))
        if problem or recorded_ns - last_ns < DEPTH_EVERY_S * NS_PER_S:
            return
        try:
            problem = depth_problem(to_array(self._messages.read(connection, data)))
        except ClapError as error:
            problem = f"cannot be read: {error.reason}"
        self._depth[connection.topic] = recorded_ns, problem

    def _at_s(self, stamp_ns: int) -> float:
        return float(stamp_ns - self.start_ns) / NS_PER_S


def _note_joints(stream: Stream, message: Any) -> None:
    for name, position in zip(message.name, message.position, strict=False):
        stream.names.add(name)
        if not np.isfinite(position):
            continue
        if "finger" in name:
            stream.largest_finger_m = max(stream.largest_finger_m, abs(float(position)))
        elif _ARM_JOINT.search(name):
            stream.largest_rad = max(stream.largest_rad, abs(float(position)))


def _ahead_s(stream: Stream, arm: Stream) -> float:
    """By how much a stream's stamps are ahead of the arm's at the same arrival; the median.

    The arm's offset is taken at each arrival, as with a simulated clock it changes all the time.
    """
    came: NDArray[np.int64] = np.array(arm.recorded_ns)
    nearest = np.clip(np.searchsorted(came, stream.recorded_ns), 0, len(came) - 1)
    offsets = np.array(arm.stamps_ns) - came
    mine = np.array(stream.stamps_ns) - np.array(stream.recorded_ns)
    return float(np.median(mine - offsets[nearest])) / NS_PER_S
