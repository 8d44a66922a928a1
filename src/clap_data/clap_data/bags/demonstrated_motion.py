"""An episode's robot in time: it rests at each look and moves as the planner would between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_core.robot.kinematics import Transform
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.task_types import KeyAction, Motion
from clap_data.bags.stack_messages import NS_PER_S
from clap_data.episodes import EpisodeRecord

RATE_HZ = 30.0
"""Of joint states, as on the robot."""

REST_S = 0.5
"""Standstill around a look, which is in its middle."""

BEFORE_HAND_S = 0.1
"""Standstill before the hand moves."""

HAND_SPEED_M_S = 0.1

START_S = 1.0
"""Time of the first sample."""

_FALLBACK_RAD_S = 0.8
_FALLBACK_S = 1.0


@dataclass(frozen=True)
class MotionSample:
    """The robot at a moment.

    Attributes:
        stamp_ns: when.
        joints_rad: [7].
        width_m: of the hand.
        near_look: number of the look before, or of this one.
        look: number of the look that is taken now; None for none.
        departs: number of the key pose towards which the robot begins to move; None for none.
    """

    stamp_ns: int
    joints_rad: NDArray[np.float64]
    width_m: float
    near_look: int
    look: int | None = None
    departs: int | None = None


class Motions:
    """Makes up what an episode does not hold: the way between its looks.

    Args:
        record: the episode.

    Raises:
        ClapError: INVALID_REQUEST if its arm is not known.
    """

    def __init__(self, record: EpisodeRecord) -> None:
        self._record = record
        self._planner = MotionPlanner(arm_specification(record.robot))

    def frames(self, sample: MotionSample) -> dict[str, Transform]:
        """base_T_frame [4, 4] of the robot's links."""
        return self._planner.kinematics.frames(sample.joints_rad)

    def base_T_hand(self, joints_rad: NDArray[np.float64]) -> Transform:
        """[4, 4] pose of the hand."""
        kinematics = self._planner.kinematics
        return kinematics.forward(joints_rad) @ kinematics.tcp_T_hand

    def samples(self) -> Iterator[MotionSample]:
        """The robot at `RATE_HZ`, from before the first look until after the last."""
        period_ns = round(NS_PER_S / RATE_HZ)
        stamp_ns = round(START_S * NS_PER_S)
        rest = round(REST_S * RATE_HZ)
        for number, look in enumerate(self._record.looks):
            joints = np.array(look.joints_rad)
            for tick in range(rest):
                departs = number if tick == rest - 1 and look.key_pose is not None else None
                taken = number if tick == rest // 2 else None
                yield MotionSample(stamp_ns, joints, look.gripper_width_m, number, taken, departs)
                stamp_ns += period_ns
            for joints, width_m in self._between(number):
                yield MotionSample(stamp_ns, joints, width_m, number)
                stamp_ns += period_ns

    def _between(self, number: int) -> Iterator[tuple[NDArray[np.float64], float]]:
        """Joints and width from one look to the next, without either."""
        before = self._record.looks[number]
        if before.key_pose is None:
            return
        after = self._record.looks[number + 1]
        end = np.array(after.joints_rad)
        for joints in self._way(np.array(before.joints_rad), end, before.key_pose.action):
            yield joints, before.gripper_width_m
        change = after.gripper_width_m - before.gripper_width_m
        steps = round(abs(change) / HAND_SPEED_M_S * RATE_HZ)
        for _ in range(round(BEFORE_HAND_S * RATE_HZ) if steps else 0):
            yield end, before.gripper_width_m
        for step in range(steps):
            yield end, before.gripper_width_m + change * (step + 1) / steps

    def _way(
        self, start: NDArray[np.float64], end: NDArray[np.float64], action: KeyAction
    ) -> NDArray[np.float64]:
        """[N, 7] as planned, bent so that it ends where the arm was found: contact may stop it."""
        try:
            planned = self._planner.plan(
                action.base_T_tcp, action.motion, start, action.speed_scale
            )
        except ClapError:
            planned = None
        if planned is None:
            distance = float(np.abs(end - start).max())
            seconds = max(_FALLBACK_S, distance / _FALLBACK_RAD_S)
            if action.motion is Motion.NONE or distance == 0.0:
                return np.empty((0, len(start)))
            fraction = np.linspace(0.0, 1.0, round(seconds * RATE_HZ))
            smooth = fraction**2 * (3.0 - 2.0 * fraction)
            return np.asarray(start + smooth[:, None] * (end - start))
        times = np.arange(0.0, planned.times[-1], 1.0 / RATE_HZ)
        joints = np.stack([np.interp(times, planned.times, q) for q in planned.positions.T], axis=1)
        share = (times / planned.times[-1])[:, None]
        return np.asarray(joints + share * (end - planned.positions[-1]))
