"""Key frames of made-up recordings at 30 Hz: pauses, changes of the hand, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand
from clap_data.bags.key_frames import KeyFrame, KeyFrameConfig, find_key_frames

RATE_HZ = 30.0
OPEN, GRASP, KEEP = GripperCommand.OPEN, GripperCommand.GRASP, GripperCommand.KEEP


class Recording:
    """A demonstration that is put together piece by piece; times in seconds."""

    def __init__(self) -> None:
        self.joints: list[NDArray[np.float64]] = [np.zeros(7)]
        self.widths = [0.08]

    @property
    def now_s(self) -> float:
        return (len(self.widths) - 1) / RATE_HZ

    def rest(self, seconds: float) -> float:
        """Returns when it ends."""
        return self.move(0.0, seconds)

    def move(self, by_rad: float, seconds: float, width_m: float | None = None) -> float:
        """All joints, smoothly, and the hand with them."""
        steps = round(seconds * RATE_HZ)
        start, width = self.joints[-1], self.widths[-1]
        for step in range(1, steps + 1):
            fraction = step / steps
            smooth = fraction**2 * (3.0 - 2.0 * fraction)
            self.joints.append(start + by_rad * smooth)
            end = width if width_m is None else width_m
            self.widths.append(width + (end - width) * fraction)
        return self.now_s

    def find(self, noise_rad: float = 0.0, config: KeyFrameConfig | None = None) -> list[KeyFrame]:
        times = np.round(np.arange(len(self.widths)) / RATE_HZ * 1e9).astype(np.int64)
        noise = np.random.default_rng(0).normal(0.0, noise_rad, (len(times), 7))
        joints, widths = np.array(self.joints) + noise, np.array(self.widths)
        return find_key_frames(times, joints, times, widths, config)


def grippers(frames: list[KeyFrame]) -> list[GripperCommand]:
    return [frame.gripper for frame in frames]


def near(time_ns: int, time_s: float, tolerance_s: float = 0.15) -> bool:
    return abs(time_ns * 1e-9 - time_s) < tolerance_s


def test_each_pause_after_a_motion_is_a_key_frame() -> None:
    recording = Recording()
    began = recording.rest(0.8)
    first = recording.move(0.5, 1.0)
    left = recording.rest(0.5)
    second = recording.move(-0.3, 1.0)
    end = recording.rest(0.5)
    frames = recording.find(noise_rad=2e-4)
    assert grippers(frames) == [KEEP, KEEP, KEEP]
    assert near(frames[0].look_ns, began)
    assert near(frames[1].arrival_ns, first)
    assert near(frames[1].look_ns, left)
    assert near(frames[2].arrival_ns, second)
    assert near(frames[2].look_ns, end)


def test_a_grasp_at_rest_is_one_key_frame_seen_after_it() -> None:
    recording = Recording()
    recording.rest(0.5)
    arrival = recording.move(0.5, 1.0)
    recording.rest(0.3)
    closed = recording.move(0.0, 0.5, width_m=0.03)
    left = recording.rest(0.3)
    recording.move(0.5, 1.0)
    frames = recording.find(noise_rad=2e-4)
    assert grippers(frames) == [KEEP, GRASP, KEEP]
    assert arrival * 1e9 <= frames[1].arrival_ns <= closed * 1e9
    assert near(frames[1].still_ns, closed)
    assert near(frames[1].look_ns, left)


def test_the_hand_makes_a_key_frame_while_the_arm_moves() -> None:
    recording = Recording()
    recording.rest(0.5)
    opening = recording.move(0.5, 1.0)
    recording.move(0.3, 0.5, width_m=0.02)
    recording.move(0.5, 1.0)
    recording.rest(0.5)
    frames = recording.find()
    assert GRASP in grippers(frames)
    assert near(next(f for f in frames if f.gripper is GRASP).arrival_ns, opening, 0.2)


def test_closing_and_opening_in_one_pause_are_two_key_frames() -> None:
    recording = Recording()
    recording.rest(0.5)
    recording.move(0.5, 1.0)
    recording.move(0.0, 0.5, width_m=0.03)
    recording.rest(0.4)
    reopened = recording.now_s
    recording.move(0.0, 0.5, width_m=0.08)
    recording.rest(0.4)
    recording.move(0.5, 1.0)
    recording.rest(0.4)
    frames = recording.find()
    assert grippers(frames) == [KEEP, GRASP, OPEN, KEEP]
    assert frames[1].look_ns * 1e-9 <= reopened + 0.1


def test_slow_passages_trembling_and_slight_shifts_are_no_key_frames() -> None:
    recording = Recording()
    recording.rest(0.5)
    recording.move(0.4, 1.0)
    recording.rest(0.1)  # shorter than a rest
    recording.move(0.4, 1.0)
    recording.rest(0.4)
    recording.move(0.02, 0.2)  # nudged
    recording.rest(0.4)
    recording.move(0.0, 0.2, width_m=0.078)  # less than a change of the hand
    recording.rest(0.4)
    frames = recording.find(noise_rad=2e-4)
    assert grippers(frames) == [KEEP, KEEP]
    assert near(frames[1].look_ns, recording.now_s)


def test_a_recording_that_ends_in_motion_ends_with_a_key_frame() -> None:
    recording = Recording()
    recording.move(0.5, 1.0)
    steady = recording.joints[-1]
    recording.joints[-5:] = [steady - 0.02 * i for i in range(5, 0, -1)]
    frames = recording.find()
    assert len(frames) == 2
    assert frames[0].look_ns == 0
    assert near(frames[1].arrival_ns, recording.now_s)


def test_a_recording_without_motion_has_only_its_start() -> None:
    recording = Recording()
    recording.rest(2.0)
    assert len(recording.find(noise_rad=2e-4)) == 1


def test_thresholds_are_the_users() -> None:
    recording = Recording()
    recording.rest(0.5)
    recording.move(0.4, 1.0)
    recording.rest(0.25)
    recording.move(0.4, 1.0)
    recording.rest(0.5)
    assert len(recording.find(config=KeyFrameConfig(rest_s=0.1))) == 3
    assert len(recording.find(config=KeyFrameConfig(rest_s=0.6))) == 2
