"""What messages about joints say, and whether one robot can have said it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.robot.specification import ArmSpecification

LIMIT_TOLERANCE_RAD = 0.05
"""A measured joint may be that far outside its range."""

SPEED_TOLERANCE = 1.5
"""So many times its highest speed may a joint seem to have, since messages are delayed."""

LEAST_INTERVAL_S = 0.1
"""Messages that come in a bunch count as being that far apart."""

LONGEST_INTERVAL_S = 2.0
"""After a longer silence a joint may be anywhere within its range."""

OWN_TOPIC_COUNTS_S = 1.0
"""So long after its own topic spoke, the gripper is not heard on others; it speaks at 15 Hz."""

FINGER_MIN_M, FINGER_MAX_M = -0.005, 0.06
"""Where one finger can be, with some slack."""


class ImplausibleJointsError(ValueError):
    """A message names the joints, and what it says of them cannot be true."""


def pick(
    names: Sequence[str], positions: Sequence[float], wanted: Sequence[str]
) -> NDArray[np.float64] | None:
    """The positions of some joints in a message.

    Args:
        names: as in the message; arm and fingers may come in one message or in separate ones.
        positions: of these joints, in the same order.
        wanted: names of the joints to pick.

    Returns:
        [len(wanted)] finite positions; None where the message does not speak of all of them.

    Raises:
        ImplausibleJointsError: positions are missing or not finite, or a joint stands there twice.
    """
    places = {name: place for place, name in enumerate(names)}
    if not all(name in places for name in wanted):
        return None
    if len(places) != len(names):
        raise ImplausibleJointsError("a joint is named twice")
    if len(positions) != len(names):
        raise ImplausibleJointsError(
            f"{len(names)} joints are named with {len(positions)} positions"
        )
    values = np.array([positions[places[name]] for name in wanted], dtype=np.float64)
    if not np.isfinite(values).all():
        raise ImplausibleJointsError("a position is not a finite number")
    return values


def opening(fingers: NDArray[np.float64]) -> float:
    """Opening of the gripper, metres, by the positions [2] of its fingers.

    Raises:
        ImplausibleJointsError: no finger can be there.
    """
    if fingers.min() < FINGER_MIN_M or fingers.max() > FINGER_MAX_M:
        worst = float(fingers[np.abs(fingers).argmax()])
        raise ImplausibleJointsError(f"a finger would be at {worst:.3f} m")
    return max(0.0, float(fingers.sum()))


class OpeningTrack:
    """The opening of the gripper, by the joints of its fingers.

    The gripper's own topic is nearer to the hand than whatever merges it with the arm's: a
    joint_state_publisher that listens to a name the gripper does not publish says 0 for ever.

    Args:
        fingers: names of the two finger joints.

    Attributes:
        width_m: as last heard; NaN when never.
        heard_at_s: when, on the caller's clock; -inf when never.
    """

    def __init__(self, fingers: Sequence[str]) -> None:
        self._fingers = fingers
        self._own_at_s = -np.inf
        self.width_m = float("nan")
        self.heard_at_s = -np.inf

    def hear(
        self, names: Sequence[str], positions: Sequence[float], now_s: float, is_own: bool
    ) -> bool:
        """Take a message in.

        Args:
            names, positions: as in the message.
            now_s: when it arrived, seconds on a clock that does not jump.
            is_own: whether it came on the gripper's own topic.

        Returns:
            Whether it told the opening.

        Raises:
            ImplausibleJointsError: what it says of the fingers cannot be true.
        """
        if not is_own and now_s - self._own_at_s <= OWN_TOPIC_COUNTS_S:
            return False
        picked = pick(names, positions, self._fingers)
        if picked is None:
            return False
        self.width_m, self.heard_at_s = opening(picked), now_s
        if is_own:
            self._own_at_s = now_s
        return True


class JointTrack:
    """The joints of one arm from message to message.

    Two publishers that contradict each other, such as a driver and a joint_state_publisher that
    fills in zeros, are noticed by jumps that no joint can make.

    Args:
        arm: its limits.
    """

    def __init__(self, arm: ArmSpecification) -> None:
        self._low = np.asarray(arm.position_min) - LIMIT_TOLERANCE_RAD
        self._high = np.asarray(arm.position_max) + LIMIT_TOLERANCE_RAD
        self._velocity = np.asarray(arm.velocity) * SPEED_TOLERANCE
        self._last: NDArray[np.float64] | None = None
        self._last_s = -np.inf

    def add(self, joints: NDArray[np.float64], now_s: float) -> None:
        """Take the next sample in.

        Args:
            joints: [7] rad.
            now_s: when it arrived, seconds on a clock that does not jump.

        Raises:
            ImplausibleJointsError: outside the joints' ranges, or further from the last sample
                than the joints can move. After a jump, the new sample is what the next one is
                compared with: which of the two was right is not known.
        """
        for index in np.flatnonzero((joints < self._low) | (joints > self._high)):
            raise ImplausibleJointsError(
                f"joint {index + 1} would be at {joints[index]:.2f} rad, outside its range"
            )
        last, interval_s = self._last, now_s - self._last_s
        self._last, self._last_s = joints, now_s
        if last is None or interval_s > LONGEST_INTERVAL_S:
            return
        moved = np.abs(joints - last)
        allowed = self._velocity * max(interval_s, LEAST_INTERVAL_S)
        for index in np.flatnonzero(moved > allowed):
            raise ImplausibleJointsError(
                f"joint {index + 1} would have jumped by {moved[index]:.2f} rad"
            )
