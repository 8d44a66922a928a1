"""The arm by libfranka; runs in a process of its own, since pylibfranka keeps the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pylibfranka
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_franka.fci.arm_loop import FciReading
from clap_franka.fci.errors import named
from clap_franka.fci.robot_states import read_state

FloatArray = NDArray[np.float64]

_FAILURES = (
    pylibfranka.FrankaException,
    pylibfranka.CommandException,
    pylibfranka.ControlException,
    pylibfranka.InvalidOperationException,
    pylibfranka.NetworkException,
    pylibfranka.RealtimeException,
    ValueError,
    RuntimeError,
)


class LibfrankaArm:
    """``arm_loop.FciArm`` of a real robot.

    Args:
        address: of the control box.
        enforce_realtime: whether a kernel without realtime is refused.
        stiffness: [7] Nm/rad of the joints' impedance.
        thresholds: what ``set_collision_behavior`` takes, as lists.
    """

    def __init__(
        self,
        address: str,
        enforce_realtime: bool,
        stiffness: list[float],
        thresholds: list[list[float]],
    ) -> None:
        self._address = address
        config = pylibfranka.RealtimeConfig
        self._realtime = config.kEnforce if enforce_realtime else config.kIgnore
        self._stiffness = stiffness
        self._thresholds = thresholds
        self._robot: Any = None

    def connect(self) -> str:
        """See ``arm_loop.FciArm``, as for all below."""
        self._robot = None  # the robot takes one connection at a time
        robot = _told(
            f"connecting to {self._address}",
            lambda: pylibfranka.Robot(self._address, self._realtime),
        )
        _told("setting up", lambda: robot.set_collision_behavior(*self._thresholds))
        _told("setting up", lambda: robot.set_joint_impedance(self._stiffness))
        self._robot = robot
        return str(robot.server_version()) if hasattr(robot, "server_version") else "of FCI"

    def read(self) -> FciReading:
        return read_state(_told("reading the robot's state", self._robot.read_once))

    def start_motion(self) -> LibfrankaMotion:
        mode = pylibfranka.ControllerMode.JointImpedance
        control = _told("the motion", lambda: self._robot.start_joint_position_control(mode))
        return LibfrankaMotion(control)

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> None:
        _told(name, lambda: getattr(self._robot, name)(*arguments))


class LibfrankaMotion:
    """``arm_loop.CommandedMotion`` of a real robot.

    Args:
        control: libfranka's; it ends with this object.
    """

    def __init__(self, control: Any) -> None:
        self._control = control

    def read(self) -> tuple[FciReading, float]:
        """See ``arm_loop.CommandedMotion``, as for all below."""
        try:
            state, elapsed = self._control.readOnce()
        except _FAILURES as error:
            raise self._ended(error) from error
        return read_state(state), float(elapsed.to_sec())

    def write(self, position: FloatArray, finished: bool) -> None:
        command = pylibfranka.JointPositions(position.tolist())
        command.motion_finished = finished
        try:
            self._control.writeOnce(command)
        except _FAILURES as error:
            raise self._ended(error) from error
        if finished:
            self._control = None

    def _ended(self, error: Exception) -> ClapError:
        self._control = None  # libfranka starts nothing else before
        return named(str(error), "the motion")


def _told(what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except _FAILURES as error:
        raise named(str(error), what) from error
