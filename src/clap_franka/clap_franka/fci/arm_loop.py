"""The control loop of the arm: follows goals at 1 kHz, without a robot's library in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_franka.config import FollowerConfig
from clap_franka.fci.errors import mode_refusal
from clap_franka.fci.messages import (
    Cancel,
    Connected,
    Done,
    End,
    Ended,
    FromArm,
    Order,
    Start,
    ToArm,
    Trouble,
)
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.follower import Ending, Execution, Outcome, TrajectoryFollower
from clap_franka.motion.goal import TrajectoryError
from clap_franka.motion.limits import JointLimits
from clap_franka.motion.stops import gentle_brakes

FloatArray = NDArray[np.float64]

_PUBLISH_EVERY = 4
"""Cycles of a motion from one complete state to the next."""


class FciReading(NamedTuple):
    """What the loop itself needs of a state; `fields` makes all of `shared_state.STATE`."""

    q: FloatArray
    dq: FloatArray
    q_d: FloatArray
    mode: int
    errors: str
    fields: Callable[[], dict[str, object]]


class CommandedMotion(Protocol):
    """A motion that is being commanded; `read` and `write` take turns, a cycle each."""

    def read(self) -> tuple[FciReading, float]:
        """Wait for the next cycle: the state, and the seconds since the one before."""

    def write(self, position: FloatArray, finished: bool) -> None:
        """Command [7] rad; the last one says so."""


class FciArm(Protocol):
    """A robot. Everything raises a ClapError with a cure; NODE_UNAVAILABLE is a lost connection."""

    def connect(self) -> str:
        """Connect (again); returns the server's version."""

    def read(self) -> FciReading:
        """Wait for the next state."""

    def start_motion(self) -> CommandedMotion:
        """Begin to command joint positions."""

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> None:
        """An order that is no motion, as ``recover``."""


class ArmLoop:
    """Serves a node over a pipe until that says `End` or is gone; then a moving arm is stopped.

    Args:
        arm: the robot.
        link: to the node.
        shared: where the states go.
        config: how goals are followed.
        limits: of the joints.
        wait: waits so many seconds between two attempts to connect.
    """

    def __init__(
        self,
        arm: FciArm,
        link: Connection,
        shared: SharedState,
        config: FollowerConfig,
        limits: JointLimits,
        wait: Callable[[float], object],
    ) -> None:
        self._arm = arm
        self._link = link
        self._shared = shared
        self._wait = wait
        self._follower = TrajectoryFollower(
            config,
            np.asarray(limits.arm.position_min),
            np.asarray(limits.arm.position_max),
            np.zeros(len(limits.arm.position_min)),
            gentle_brakes(limits.acceleration),
            limits.guard,
        )
        self._running: dict[int, Execution] = {}
        self._now_s = 0.0
        self._commanded_s = 0.0
        self._ending = False

    def run(self) -> None:
        """Serve."""
        while not self._ending:
            try:
                self._tell(Connected(self._arm.connect()))
                while not self._ending:
                    self._rest(self._arm.read())
            except ClapError as error:
                self._tell(Trouble(error, disconnected=True))
                self._refuse_all(error)
                self._wait(1.0)

    def _rest(self, reading: FciReading) -> None:
        """A cycle without a motion."""
        self._shared.write(**reading.fields(), dq_d=np.zeros(7), ddq_d=np.zeros(7))
        for message in self._messages():
            if isinstance(message, Start):
                self._move(message, reading)
                return  # the reading is old now
            if isinstance(message, Order):
                self._tell(Done(message.number, self._carry_out(message)))

    def _carry_out(self, order: Order) -> ClapError | None:
        try:
            self._arm.carry_out(order.name, order.arguments)
        except ClapError as error:
            return error
        return None

    def _move(self, start: Start, reading: FciReading) -> None:
        """From a goal to standstill, with all goals that come meanwhile."""
        refusal = mode_refusal(reading.mode, reading.errors)
        if refusal is not None:
            self._tell(Ended(start.number, _aborted(refusal.message)))
            return
        lost: ClapError | None = None
        try:
            self._follow(self._arm.start_motion(), start)
        except ClapError as error:
            lost = error
            self._follower.hold(reading.q_d, error.message)
            if start.number not in self._running:
                self._tell(Ended(start.number, _aborted(error.message)))
            self._tell(Trouble(error, disconnected=False))
        self._report()
        if lost is not None and lost.code is ErrorCode.NODE_UNAVAILABLE:
            raise lost

    def _follow(self, motion: CommandedMotion, start: Start) -> None:
        reading, elapsed_s = motion.read()
        # From where the robot is commanded to be, not from where it is: anything else is a step.
        self._follower.hold(reading.q_d, "")
        self._now_s += elapsed_s
        self._commanded_s = self._now_s
        self._begin(start)
        cycle = 0
        while True:
            setpoint, fault = self._follower.step(self._now_s, reading.q, reading.dq)
            if fault is not None:
                self._follower.abort(self._now_s, f"the trajectory has a {fault}")
                setpoint = self._follower.setpoint
            finished = not self._follower.moving
            motion.write(setpoint.position, finished)
            self._commanded_s = self._now_s
            self._report()
            cycle += 1
            if cycle % _PUBLISH_EVERY == 0 or finished:
                commanded = {"q_d": setpoint.position, "dq_d": setpoint.velocity}
                fields = reading.fields() | commanded | {"ddq_d": setpoint.acceleration}
                self._shared.write(**fields)
            if finished:
                return
            reading, elapsed_s = motion.read()
            self._now_s += elapsed_s
            for message in self._messages():
                self._while_moving(message)

    def _while_moving(self, message: ToArm) -> None:
        if isinstance(message, Start):
            self._begin(message)
        elif isinstance(message, Cancel) and message.number in self._running:
            self._follower.cancel(self._running[message.number], self._commanded_s)
        elif isinstance(message, End):
            for execution in self._running.values():
                self._follower.cancel(execution, self._commanded_s)
        elif isinstance(message, Order):
            busy = ClapError(
                ErrorCode.BUSY,
                f"{message.name}: command not possible in the current mode (Move)",
                "Wait for the end of the motion",
            )
            self._tell(Done(message.number, busy))

    def _begin(self, start: Start) -> None:
        # From the last command on: begun a cycle later, that one would be commanded twice.
        goal = start.goal.starting(self._commanded_s + start.delay_s)
        execution, fault = self._follower.start(goal, self._commanded_s)
        self._running[start.number] = execution
        if fault is not None:
            self._follower.abort(
                self._commanded_s,
                f"{fault}: the trajectory starts too far from where the arm is commanded to be",
            )

    def _report(self) -> None:
        """Tell what has ended."""
        for number, execution in list(self._running.items()):
            if execution.outcome is not None:
                del self._running[number]
                self._tell(Ended(number, execution.outcome))

    def _refuse_all(self, error: ClapError) -> None:
        """Answer what came while there was no connection."""
        for message in self._messages():
            if isinstance(message, Start):
                self._tell(Ended(message.number, _aborted(error.message)))
            elif isinstance(message, Order):
                self._tell(Done(message.number, error))

    def _messages(self) -> Iterator[ToArm]:
        try:
            while not self._ending and self._link.poll():
                message = self._link.recv()
                self._ending = isinstance(message, End)
                yield message
        except (EOFError, OSError):  # the node is gone
            self._ending = True
            yield End()

    def _tell(self, message: FromArm) -> None:
        try:
            self._link.send(message)
        except OSError:
            self._ending = True


def _aborted(reason: str) -> Outcome:
    return Outcome(Ending.ABORTED, TrajectoryError.INVALID_GOAL, reason)
