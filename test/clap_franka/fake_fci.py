"""An arm and a hand without a robot, for the processes that drive one."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from clap_core.robot.specification import HOME
from clap_franka.fci.arm_loop import FciReading
from clap_franka.fci.arm_process import serve_arm
from clap_franka.fci.config import FciConfig
from clap_franka.fci.errors import named
from clap_franka.fci.hand_process import HandReading, serve_hand

FloatArray = NDArray[np.float64]
CYCLE_S = 0.001
IDLE, MOVE, REFLEX = 1, 2, 4


class FakeArm:
    """Follows what it is told at once; its clock goes by cycles.

    Attributes:
        commands: [N, 7] all that it was told.
        finished: how many motions ended with a finished command.
        fails_at: number of commands after which the motion ends by a reflex.
    """

    def __init__(self) -> None:
        self.q = np.array(HOME)
        self.mode = IDLE
        self.errors = ""
        self.commands: list[FloatArray] = []
        self.finished = 0
        self.fails_at: int | None = None
        self.carried_out: list[tuple[object, ...]] = []
        self.lost = 0

    def connect(self) -> str:
        if self.lost:
            self.lost -= 1
            raise named("libfranka: UDP receive: Timeout", "connecting")
        return "10"

    def reading(self) -> FciReading:
        def fields() -> dict[str, object]:
            values = {"q": self.q, "dq": np.zeros(7), "q_d": self.q, "mode": self.mode}
            return {**values, "errors": self.errors.encode(), "success_rate": 1.0}

        return FciReading(self.q, np.zeros(7), self.q, self.mode, self.errors, fields)

    def read(self) -> FciReading:
        time.sleep(CYCLE_S)
        return self.reading()

    def start_motion(self) -> FakeMotion:
        self.mode = MOVE
        return FakeMotion(self)

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> None:
        if name == "set_load":  # of all orders the one that takes a number first
            os._exit(7)
        self.carried_out.append((name, *arguments))
        if name == "automatic_error_recovery":
            self.mode, self.errors = IDLE, ""


class FakeMotion:
    """A motion of a `FakeArm`."""

    def __init__(self, arm: FakeArm) -> None:
        self._arm = arm

    def read(self) -> tuple[FciReading, float]:
        time.sleep(CYCLE_S)
        return self._arm.reading(), CYCLE_S

    def write(self, position: FloatArray, finished: bool) -> None:
        arm = self._arm
        arm.commands.append(position)
        arm.q = position
        if arm.fails_at is not None and len(arm.commands) >= arm.fails_at:
            arm.mode, arm.errors, arm.fails_at = REFLEX, "cartesian_reflex", None
            raise named('motion aborted by reflex! ["cartesian_reflex"]', "the motion")
        if finished:
            arm.finished += 1
            arm.mode = IDLE


class FakeHand:
    """Goes where it is told after a while."""

    width_m, max_width_m = 0.08, 0.08

    def connect(self) -> str:
        return "3"

    def read(self) -> HandReading:
        time.sleep(0.01)
        return HandReading(self.width_m, self.max_width_m)

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> bool:
        if name in ("move", "grasp"):
            time.sleep(0.2)
            self.width_m = float(str(arguments[0]))
        if name == "grasp" and self.width_m < 0.01:
            return False
        if name == "homing":
            self.max_width_m = 0.08
        return True


class UnhomedHand(FakeHand):
    """One that was just switched on."""

    max_width_m = 0.0


def run_fake_arm(link: Connection, memory: str, config: FciConfig) -> None:
    """As ``arm_process.run_arm``."""
    serve_arm(link, memory, config, FakeArm())


def run_failing_arm(link: Connection, memory: str, config: FciConfig) -> None:
    """One whose first motion ends by a reflex."""
    arm = FakeArm()
    arm.fails_at = 100
    serve_arm(link, memory, config, arm)


def run_absent_arm(link: Connection, memory: str, config: FciConfig) -> None:
    """One whose robot never answers, as while another program holds it."""
    link.poll(None)


def run_fake_hand(link: Connection, *_: object) -> None:
    """As ``hand_process.run_hand``."""
    serve_hand(link, FakeHand(), time.sleep)


def run_unhomed_hand(link: Connection, *_: object) -> None:
    """The same, not homed."""
    serve_hand(link, UnhomedHand(), time.sleep)
