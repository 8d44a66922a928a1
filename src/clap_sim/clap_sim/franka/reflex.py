"""Collisions, the mode and the errors of the simulated Franka."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_franka.collision import CollisionBehavior
from clap_franka.robot import RobotMode
from clap_sim.franka.model import NUM_JOINTS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ACCELERATING = 0.1
"""Commanded acceleration in rad/s2 above which the thresholds for accelerating apply."""


def _nothing() -> BoolArray:
    return np.zeros(NUM_JOINTS + 6, dtype=bool)


@dataclass
class Safety:
    """The robot's mode and its errors; what decides whether it may move.

    Attributes:
        behavior: the thresholds.
        mode: IDLE, MOVE, REFLEX or USER_STOPPED.
        errors: names of the present errors, as in ``franka_msgs/msg/Errors``.
        last_errors: those of the last motion that was stopped.
        contact: [13] which forces exceed the lower thresholds.
        collision: [13] which forces exceed the upper thresholds.
    """

    behavior: CollisionBehavior
    mode: RobotMode = RobotMode.IDLE
    errors: tuple[str, ...] = ()
    last_errors: tuple[str, ...] = ()
    contact: BoolArray = field(default_factory=_nothing)
    collision: BoolArray = field(default_factory=_nothing)
    _user_stop: bool = False

    def watch(self, forces: FloatArray, acceleration: FloatArray) -> tuple[str, ...]:
        """Compare the external forces with the thresholds.

        Args:
            forces: [13] external joint torques in Nm, then the wrench in N and Nm.
            acceleration: [7] commanded acceleration in rad/s2.

        Returns:
            The errors that this raises; empty where the arm may go on.
        """
        behavior = self.behavior
        accelerating = bool((np.abs(acceleration) > _ACCELERATING).any())
        magnitude = np.abs(forces)
        lower = behavior.lower_accelerating if accelerating else behavior.lower
        upper = behavior.upper_accelerating if accelerating else behavior.upper
        self.contact = magnitude > lower.limits
        self.collision = magnitude > upper.limits
        stopped = self.mode in (RobotMode.REFLEX, RobotMode.USER_STOPPED)
        if stopped or not self.collision.any():
            return ()
        found = []
        if self.collision[:NUM_JOINTS].any():
            found.append("joint_reflex")
        if self.collision[NUM_JOINTS:].any():
            found.append("cartesian_reflex")
        return tuple(found)

    def trip(self, errors: tuple[str, ...]) -> str:
        """Enter the reflex mode.

        Returns:
            The message with which the motion ends, in libfranka's words.
        """
        self.errors = self.last_errors = errors
        if self.mode is not RobotMode.USER_STOPPED:
            self.mode = RobotMode.REFLEX
        listed = ", ".join(f'"{error}"' for error in errors)
        return f"libfranka: Move command aborted: motion aborted by reflex! [{listed}]"

    def set_user_stop(self, pressed: bool) -> None:
        """Press or release the user stop."""
        if pressed == self._user_stop:
            return
        self._user_stop = pressed
        if pressed:
            self.mode = RobotMode.USER_STOPPED
        else:
            self.mode = RobotMode.REFLEX if self.errors else RobotMode.IDLE

    def recover(self) -> None:
        """Clear the errors.

        Raises:
            ClapError: ROBOT_NOT_READY while the user stop is pressed.
        """
        if self.mode is RobotMode.USER_STOPPED:
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                "the user stop is pressed",
                "Release it, then recover again",
            )
        self.errors = ()
        self.mode = RobotMode.IDLE

    def refusal(self) -> str | None:
        """Why the robot takes no motion now, with the cure; None when it does."""
        if self.mode is RobotMode.REFLEX:
            return (
                f"the robot stopped by reflex ({', '.join(self.errors)}); clear what it hit and "
                "call /action_server/error_recovery"
            )
        if self.mode is RobotMode.USER_STOPPED:
            return "the user stop is pressed; release it"
        return None
