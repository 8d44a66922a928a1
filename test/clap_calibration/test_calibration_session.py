"""Looks are taken only while the arm stands still."""

from __future__ import annotations

import numpy as np
import pytest

from clap_calibration.detection import Corners
from clap_calibration.errors import (
    ArmMovedError,
    BlurredError,
    SamePoseError,
    StaleFrameError,
)
from clap_calibration.looks import motion
from clap_calibration.session import NS_PER_S, Frame, Session, SessionConfig
from clap_core.errors import ErrorCode

IMAGE = np.zeros((2, 2, 3), np.uint8)
STEP_S = 0.02


class Finder:
    """Finds what it is told to."""

    def __init__(self) -> None:
        self.blurred = False

    def find(self, rgb: np.ndarray) -> Corners:
        if self.blurred:
            raise BlurredError(ErrorCode.INVALID_REQUEST, "blurred", "Hold still")
        return Corners(np.arange(3), np.zeros((3, 2)), 2.0)


class Bench:
    """A session whose arm is driven by hand."""

    def __init__(self) -> None:
        self.finder = Finder()
        self.session = Session(
            self.finder,  # type: ignore[arg-type]
            lambda joints: motion(np.array([joints[0], 0, 0, 0, 0, 0])),
            SessionConfig(),
        )
        self.now_s = 100.0
        self.joint = 0.0

    def stand(self, seconds: float, speed: float = 0.0, told: float | None = None) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            self.joint += speed * STEP_S
            speeds = np.full(7, speed if told is None else told)
            self.session.arm.hear(self.stamp(), np.full(7, self.joint), speeds)

    def stamp(self, ago_s: float = 0.0) -> int:
        return round((self.now_s - ago_s) * NS_PER_S)

    def take(self, ago_s: float = 0.1) -> None:
        self.session.take(Frame(IMAGE, self.stamp(ago_s)))


def test_a_look_is_taken_while_the_arm_stands() -> None:
    bench = Bench()
    bench.stand(1.0)
    bench.take()
    assert len(bench.session.looks) == 1


def test_an_arm_that_moves_gives_no_look() -> None:
    bench = Bench()
    bench.stand(2.0, speed=0.1)
    with pytest.raises(ArmMovedError, match="stood still"):
        bench.take()


def test_an_arm_that_creeps_below_the_speed_limit_gives_no_look() -> None:
    bench = Bench()
    bench.stand(3.0, speed=0.003)
    with pytest.raises(ArmMovedError):
        bench.take()


def test_an_arm_that_says_it_moves_gives_no_look() -> None:
    bench = Bench()
    bench.stand(2.0, told=0.05)
    with pytest.raises(ArmMovedError):
        bench.take()


def test_an_image_from_before_the_rest_is_refused() -> None:
    bench = Bench()
    bench.stand(1.0, speed=0.2)
    bench.stand(0.8)
    with pytest.raises(StaleFrameError, match="before the arm had come to rest"):
        bench.take(ago_s=0.7)
    bench.take(ago_s=0.1)


def test_an_image_of_yesterday_is_refused() -> None:
    bench = Bench()
    bench.stand(2.0)
    with pytest.raises(StaleFrameError, match="before"):
        bench.take(ago_s=86400.0)


def test_an_image_newer_than_the_joints_is_refused() -> None:
    bench = Bench()
    bench.stand(2.0)
    with pytest.raises(StaleFrameError, match="newer than the last joint state"):
        bench.take(ago_s=-0.5)


def test_an_arm_that_moved_after_the_image_gives_no_look() -> None:
    bench = Bench()
    bench.stand(2.0)
    stamp = bench.stamp()
    bench.stand(0.1, speed=0.5)
    with pytest.raises(ArmMovedError):
        bench.session.take(Frame(IMAGE, stamp))


def test_a_pause_of_the_joint_states_begins_a_new_rest() -> None:
    bench = Bench()
    bench.stand(2.0)
    bench.now_s += 1.0
    bench.stand(0.1)
    with pytest.raises(ArmMovedError):
        bench.take(ago_s=0.0)


def test_without_joint_states_the_reason_is_named() -> None:
    with pytest.raises(ArmMovedError, match="no joint state"):
        Bench().take()


def test_a_second_look_from_one_pose_is_refused_and_one_from_elsewhere_taken() -> None:
    bench = Bench()
    bench.stand(1.0)
    bench.take()
    with pytest.raises(SamePoseError):
        bench.take()
    bench.stand(1.0, speed=0.1)
    bench.stand(1.0)
    bench.take()
    assert len(bench.session.looks) == 2


def test_a_blurred_image_leaves_no_look_behind() -> None:
    bench = Bench()
    bench.finder.blurred = True
    bench.stand(1.0)
    with pytest.raises(BlurredError):
        bench.take()
    assert bench.session.looks == []
