"""The real hand as the ROS front sees it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_franka.config import HandCommandConfig
from clap_franka.fci.child import Child
from clap_franka.fci.errors import not_homed
from clap_franka.fci.hand_process import HandReading
from clap_franka.fci.messages import Connected, End, HandEnded, Order, Trouble
from clap_franka.hand_checks import check_grasp, checked_speed, checked_width
from clap_franka.robot import HandCommand, HandState

PREEMPTED = "preempted by a new gripper command"


class FciHandDriver:
    """``clap_franka.robot.HandDriver`` of a hand that is talked to in a process of its own.

    pylibfranka hears nothing while a command runs, so the fingers cannot be stopped in mid-way:
    what is cancelled, stopped or preempted ends for its caller when the fingers have, which takes
    a second at full speed.

    Args:
        config: of the hand.
        body: what runs in that process: ``hand_process.run_hand``, or a test's.
        arguments: its arguments.
        tell: shows a person a warning (with the cure) or, with False, how things are.

    Attributes:
        trouble: why the hand does nothing now; None while all is well.
    """

    def __init__(
        self,
        config: HandCommandConfig,
        body: Callable[..., None],
        arguments: tuple[object, ...],
        tell: Callable[[str, bool], None],
    ) -> None:
        self._config = config
        self._tell = tell
        self._numbers = itertools.count(1)
        self._running: dict[int, HandCommand] = {}
        self._unwanted: dict[int, HandState] = {}
        self._reading = HandReading(0.0, 0.0)
        self.trouble: ClapError | None = None
        self._child = Child("the hand's process", body, *arguments)

    def update(self) -> None:
        """Take in what the process tells; call often."""
        for message in self._child.messages():
            if isinstance(message, HandReading):
                self._reading = message
            elif isinstance(message, HandEnded):
                self._end(message)
            elif isinstance(message, Connected):
                self.trouble = None
            elif isinstance(message, Trouble):
                if self.trouble is None or self.trouble.message != message.error.message:
                    self._tell(message.error.message, True)
                self.trouble = message.error
        death = self._child.death
        if death is not None:
            if self.trouble is None:
                self._tell(death.message, True)
            self.trouble = self.trouble or death
            for number in list(self._running):
                self._end(HandEnded(number, HandState.FAILED, self.trouble.message))

    def end(self) -> None:
        """End the process."""
        self._child.end(End())

    def _end(self, message: HandEnded) -> None:
        command = self._running.pop(message.number, None)
        if command is None:
            return
        state = self._unwanted.pop(message.number, message.state)
        command.error = PREEMPTED if state is HandState.FAILED and not message.error else ""
        command.error = message.error or command.error
        command.state = state

    # What follows is ``clap_franka.robot.HandDriver``.

    @property
    def width_m(self) -> float:
        """See ``clap_franka.robot.HandDriver``, as for all below."""
        return self._reading.width_m

    def homing(self) -> HandCommand:
        return self._order("homing")

    def move(self, width_m: float, speed_m_s: float) -> HandCommand:
        self._check_homed()
        return self._order("move", self._width(width_m), checked_speed(speed_m_s))

    def grasp(
        self,
        width_m: float,
        speed_m_s: float,
        force_n: float,
        epsilon_inner_m: float,
        epsilon_outer_m: float,
    ) -> HandCommand:
        self._check_homed()
        check_grasp(force_n, epsilon_inner_m, epsilon_outer_m)
        speed = checked_speed(speed_m_s)
        width = self._width(width_m)
        return self._order("grasp", width, speed, force_n, epsilon_inner_m, epsilon_outer_m)

    def stop(self) -> None:
        for number in self._running:
            self._unwanted[number] = HandState.CANCELED
        if self.trouble is None:
            self._child.send(Order(next(self._numbers), "stop"))

    def cancel(self, command: HandCommand) -> None:
        if command in self._running.values():
            self.stop()

    def _order(self, name: str, *arguments: object) -> HandCommand:
        if self.trouble is not None:
            raise self.trouble
        for running in self._running:
            self._unwanted.setdefault(running, HandState.FAILED)
        number = next(self._numbers)
        self._child.send(Order(number, name, arguments))
        command = self._running[number] = HandCommand()
        return command

    def _check_homed(self) -> None:
        if self.trouble is None and self._reading.max_width_m <= 0.0:
            raise not_homed()

    def _width(self, width_m: float) -> float:
        return checked_width(width_m, self._reading.max_width_m)


class NoHand:
    """``clap_franka.robot.HandDriver`` of a robot without one."""

    width_m = 0.0
    trouble: ClapError | None = None

    def update(self) -> None:
        """Nothing comes."""

    def end(self) -> None:
        """Nothing is there."""

    def homing(self) -> HandCommand:
        """See ``clap_franka.robot.HandDriver``, as for all below."""
        raise _no_hand()

    def move(self, width_m: float, speed_m_s: float) -> HandCommand:
        raise _no_hand()

    def grasp(
        self,
        width_m: float,
        speed_m_s: float,
        force_n: float,
        epsilon_inner_m: float,
        epsilon_outer_m: float,
    ) -> HandCommand:
        raise _no_hand()

    def stop(self) -> None:
        """Nothing runs."""

    def cancel(self, command: HandCommand) -> None:
        """Nothing runs."""


def _no_hand() -> ClapError:
    return ClapError(
        ErrorCode.GRIPPER_FAILED,
        "the driver was started with hand:=false",
        "Set /fci_driver's parameter hand to true",
    )
