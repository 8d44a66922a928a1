"""The joints that a bag's JointState topics tell of, without what cannot be true."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.joint_track import ImplausibleJointsError, JointTrack
from clap_core.robot.specification import ARMS
from clap_data.bags.stack_messages import NS_PER_S

_LOG = logging.getLogger(__name__)

TRUSTED_SHARE = 0.95
"""A topic of which a larger part is implausible is not believed at all."""

STEP_BACK_S = 0.5
"""Messages may overtake each other by less than this; more is a clock that was set back."""

TOGETHER_S = 0.03
"""Joints that come in messages of their own belong together when they are this near."""

Samples = dict[str, list[tuple[int, float]]]


@dataclass
class JointTopic:
    """One JointState topic of a bag.

    Attributes:
        name: of the topic.
        samples: stamps, ns, and positions by joint.
        left_out: why messages were left out, and how many of each.
    """

    name: str
    samples: Samples = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    _total: int = 0
    _newest_ns: int = 0
    _tracks: dict[str, JointTrack] = field(
        default_factory=lambda: {arm.arm_id: JointTrack(arm) for arm in ARMS.values()}
    )

    def add(self, message: Any, recorded_ns: int) -> int:
        """Take in a message; one without a stamp counts from when it was recorded.

        Returns:
            Its time, ns.

        Raises:
            ClapError: INVALID_REQUEST, where the clock that stamps the topic was set back.
        """
        stamp_ns = int(message.header.stamp.sec) * NS_PER_S + int(message.header.stamp.nanosec)
        stamp_ns = stamp_ns or recorded_ns
        self._total += 1
        if stamp_ns < self._newest_ns - round(STEP_BACK_S * NS_PER_S):
            back_s = (self._newest_ns - stamp_ns) / NS_PER_S
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the recording cannot be trusted: on {self.name} the clock steps back by "
                f"{back_s:.1f} s at {self._newest_ns / NS_PER_S:.3f}",
                "Synchronise the computers' clocks before recording, and record again",
            )
        self._newest_ns = max(self._newest_ns, stamp_ns)
        try:
            self._check(message, stamp_ns)
        except ImplausibleJointsError as error:
            self.left_out[str(error)] = self.left_out.get(str(error), 0) + 1
            return stamp_ns
        for name, position in zip(message.name, message.position, strict=True):
            self.samples.setdefault(name, []).append((stamp_ns, float(position)))
        return stamp_ns

    def check(self) -> None:
        """Tell what was left out; refuse a topic that is implausible too often.

        Raises:
            ClapError: INVALID_REQUEST, naming the topic and what was wrong most often.
        """
        lost = sum(self.left_out.values())
        if self._total and lost > (1.0 - TRUSTED_SHARE) * self._total:
            worst = max(self.left_out, key=lambda why: self.left_out[why])
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the recording cannot be trusted: {lost} of {self._total} messages on "
                f"{self.name} are implausible ({worst})",
                "Record again with one publisher of joint states alone (`ros2 topic info -v`)",
            )
        for why, count in self.left_out.items():
            _LOG.warning("left out %d of %d messages on %s: %s", count, self._total, self.name, why)

    def _check(self, message: Any, stamp_ns: int) -> None:
        if len(message.name) != len(message.position):
            raise ImplausibleJointsError("names and positions differ in number")
        if not np.isfinite(message.position).all():
            raise ImplausibleJointsError("a position is not a finite number")
        places = {name: place for place, name in enumerate(message.name)}
        for arm in ARMS.values():
            if all(name in places for name in arm.joint_names):
                joints = np.array([message.position[places[name]] for name in arm.joint_names])
                self._tracks[arm.arm_id].add(joints, stamp_ns / NS_PER_S)


def series(
    joints: Sequence[Sequence[tuple[int, float]]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """[N] times, rising, and [N, joints] positions.

    Times are those that all joints have; where each joint comes in a message of its own, those
    at which all of them were heard within `TOGETHER_S`.
    """
    columns = [dict(joint) for joint in joints]
    fewest = min(map(len, columns))
    times = sorted(set.intersection(*(set(column) for column in columns)))
    if 2 * len(times) < fewest:
        return _gathered(columns)
    values = np.array([[column[time] for column in columns] for time in times])
    return np.array(times, dtype=np.int64), values.reshape(len(times), len(columns))


def _gathered(
    columns: list[dict[int, float]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    base = np.array(sorted(columns[0]), dtype=np.int64)
    near = np.full(len(base), True)
    values = np.empty((len(base), len(columns)))
    for place, column in enumerate(columns):
        stamps = np.array(sorted(column), dtype=np.int64)
        positions = np.array([column[int(stamp)] for stamp in stamps])
        after = np.clip(np.searchsorted(stamps, base), 1, max(1, len(stamps) - 1))
        before = after - 1
        after = np.minimum(after, len(stamps) - 1)
        nearest = np.where(base - stamps[before] <= stamps[after] - base, before, after)
        near &= np.abs(stamps[nearest] - base) <= round(TOGETHER_S * NS_PER_S)
        values[:, place] = positions[nearest]
    return base[near], values[near]
