"""Where the fingers are, as joint states tell it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.names import franka_names

_SLACK_M = 0.01
"""How far beyond its ends a simulated finger may be told to be: contacts give way a little."""


class FingerStates:
    """The last joint state of the fingers.

    Args:
        arm_id: prefix of the joints.
        topic: where the states come from, for messages.
        max_width_m: of the hand.
        timeout_s: a state is too old after this time.
        steady_s: the steady clock.

    Attributes:
        count: how many states of the fingers came.
    """

    def __init__(
        self,
        arm_id: str,
        topic: str,
        max_width_m: float,
        timeout_s: float,
        steady_s: Callable[[], float],
    ) -> None:
        self._joints = franka_names(arm_id).finger_joints
        self._topic = topic
        self._longest_m = 0.5 * max_width_m + _SLACK_M
        self._timeout_s = timeout_s
        self._steady_s = steady_s
        self._heard_s: float | None = None
        self._bad = ""
        self._width_m = math.nan
        self.count = 0

    def hear(self, names: Sequence[str], positions: Sequence[float]) -> None:
        """Take in a joint state; one without finger joint 1 says nothing of the hand.

        Args:
            names: of its joints.
            positions: of the joints in m, the fingers' from closed; may be shorter than the names.
        """
        told = dict(zip(names, positions, strict=False))
        first = told.get(self._joints[0])
        if first is None:
            return
        both = (first, told.get(self._joints[1], first))
        self._heard_s = self._steady_s()
        self.count += 1
        impossible = [
            f"{joint} is at {position} m"
            for joint, position in zip(self._joints, both, strict=True)
            if not math.isfinite(position) or not -_SLACK_M <= position <= self._longest_m
        ]
        self._bad = impossible[0] if impossible else ""
        if not impossible:
            self._width_m = max(0.0, sum(both))

    @property
    def width_m(self) -> float:
        """Distance between the pads; NaN while it is not known."""
        return self._width_m if self.known else math.nan

    @property
    def known(self) -> bool:
        """Whether the width may be believed now."""
        return self.trouble() is None

    def trouble(self) -> ClapError | None:
        """Why it may not."""
        if self._heard_s is None:
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"nothing has told of {self._joints[0]} on {self._topic}",
                "Spawn joint_state_broadcaster, and see that arm_id and the names in "
                f"`ros2 topic echo --once {self._topic}` fit together",
            )
        if self._bad:
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"{self._topic} tells nonsense of the hand: {self._bad}",
                "Reset the simulation, and look for the controller's gains and for contacts that "
                "throw the fingers about",
            )
        age_s = self._steady_s() - self._heard_s
        if age_s > self._timeout_s:
            return ClapError(
                ErrorCode.ROBOT_NOT_READY,
                f"{self._topic} last told of {self._joints[0]} {age_s:.1f} s ago",
                "Unpause the simulation, and see that joint_state_broadcaster is active "
                "(`ros2 control list_controllers`)",
            )
        return None
