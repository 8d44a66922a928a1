"""The older Panda's arm by panda-python, which brings libfranka 0.9. It was never run with a robot.

Its control loop calls back where pylibfranka's is read from and written to, so it has a thread of
its own. Of the two only one runs at a time: each waits for what the other puts into a queue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_franka.fci.arm_loop import FciReading
from clap_franka.fci.errors import named
from clap_franka.fci.robot_states import read_state

FloatArray = NDArray[np.float64]

FAILURES = (RuntimeError, ValueError)
"""What panda-python raises; it has no exceptions of its own."""

NO_FILTER_HZ = 1000.0
"""Cut-off frequency from which on libfranka leaves the commands as they are: they are smooth."""

_SET = ("set_EE", "set_K")
"""Orders that panda-python writes in small letters."""


class PandaArm:
    """``arm_loop.FciArm`` of a Panda.

    Args:
        library: ``panda_py.libfranka``.
        address: of the control box.
        enforce_realtime: whether a kernel without realtime is refused.
        stiffness: [7] Nm/rad of the joints' impedance.
        thresholds: what ``set_collision_behavior`` takes, as lists.
    """

    def __init__(
        self,
        library: ModuleType,
        address: str,
        enforce_realtime: bool,
        stiffness: list[float],
        thresholds: list[list[float]],
    ) -> None:
        self._library: Any = library
        self._address = address
        config = self._library.RealtimeConfig
        self._realtime = config.kEnforce if enforce_realtime else config.kIgnore
        self._stiffness = stiffness
        self._thresholds = thresholds
        self._robot: Any = None

    def connect(self) -> str:
        """See ``arm_loop.FciArm``, as for all below."""
        self._robot = None  # the robot takes one connection at a time
        robot = _told(
            f"connecting to {self._address}",
            lambda: self._library.Robot(self._address, self._realtime),
        )
        _told("setting up", lambda: robot.set_collision_behavior(*self._thresholds))
        _told("setting up", lambda: robot.set_joint_impedance(self._stiffness))
        self._robot = robot
        return str(robot.server_version())

    def read(self) -> FciReading:
        return read_state(_told("reading the robot's state", self._robot.read_once))

    def start_motion(self) -> PandaMotion:
        return PandaMotion(self._library, self._robot)

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> None:
        method = name.lower() if name in _SET else name
        _told(name, lambda: getattr(self._robot, method)(*arguments))


class PandaMotion:
    """``arm_loop.CommandedMotion`` of a Panda.

    Args:
        library: ``panda_py.libfranka``.
        robot: its ``Robot``.
    """

    def __init__(self, library: Any, robot: Any) -> None:
        self._library = library
        self._robot = robot
        self._told: SimpleQueue[tuple[Any, float] | Exception | None] = SimpleQueue()
        self._commands: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self._control, name="motion", daemon=True).start()

    def read(self) -> tuple[FciReading, float]:
        """See ``arm_loop.CommandedMotion``, as for all below."""
        told = self._told.get()
        if told is None:
            raise ClapError(
                ErrorCode.TRAJECTORY_ABORTED, "the motion ended by itself", "Send it again"
            )
        if isinstance(told, Exception):
            raise named(str(told), "the motion") from told
        state, elapsed_s = told
        return read_state(state), elapsed_s

    def write(self, position: FloatArray, finished: bool) -> None:
        command = self._library.JointPositions(position.tolist())
        command.motion_finished = finished
        self._commands.put(command)
        if finished:
            told = self._told.get()
            if isinstance(told, Exception):
                raise named(str(told), "the motion") from told

    def _control(self) -> None:
        """The thread: panda-python's loop, which ends with the motion."""
        mode = self._library.ControllerMode.kJointImpedance
        try:
            # Its limits of the rate are those that goals are checked against: they do nothing but
            # where packets were lost.
            self._robot.control_joint_position(self._cycle, mode, True, NO_FILTER_HZ)
        except FAILURES as error:
            self._told.put(error)
        else:
            self._told.put(None)

    def _cycle(self, state: Any, elapsed: Any) -> Any:
        self._told.put((state, float(elapsed.to_sec())))
        return self._commands.get()


def _told(what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except FAILURES as error:
        raise named(str(error), what) from error
