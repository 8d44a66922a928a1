"""The published constants of the Franka arms: geometry, joint limits, rates.

Sources: the manufacturer's "Robot and interface specifications"
(https://frankarobotics.github.io/docs/robot_specifications.html) for the limits, its Denavit-
Hartenberg table for the geometry, which is the same for the Franka Research 3 (``fr3``) and the
older Franka Emika Robot (``fer``, also called ``panda``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode

JOINTS = 7

Row = tuple[float, float, float, float, float, float, float]

LINK_OFFSETS_M = (
    (0.0, 0.0, 0.333),
    (0.0, 0.0, 0.0),
    (0.0, -0.316, 0.0),
    (0.0825, 0.0, 0.0),
    (-0.0825, 0.384, 0.0),
    (0.0, 0.0, 0.0),
    (0.088, 0.0, 0.0),
)
"""Origin of each joint in the frame of the link before it, metres."""

LINK_TWISTS_RAD = (0.0, -np.pi / 2, np.pi / 2, np.pi / 2, -np.pi / 2, np.pi / 2, np.pi / 2)
"""Rotation of each joint's frame about the x axis of the link before it; axes are local z."""

FLANGE_OFFSET_M = 0.107
"""From the frame of link 7 along its z axis to the flange (link 8)."""

HAND_YAW_RAD = -np.pi / 4
"""Rotation of the Franka hand about the flange's z axis."""

TCP_OFFSET_M = 0.1034
"""From the hand's frame along its z axis to the tool centre point between the fingertips."""

HOME: Row = (0.0, -np.pi / 4, 0.0, -3 * np.pi / 4, 0.0, np.pi / 2, np.pi / 4)
"""The manufacturer's ready posture: the tool points straight down at yaw 0."""


@dataclass(frozen=True)
class VelocityEnvelope:
    """Joint speed that still allows to stop before the end of the range.

    ``upper(q) = -offset + sqrt(scale * (end - q))`` and likewise towards the lower end.

    Attributes:
        lower_end, upper_end: [7] rad.
        offset: [7] rad/s.
        scale: [7] rad/s^2, twice the deceleration.
    """

    lower_end: Row
    upper_end: Row
    offset: Row
    scale: Row


@dataclass(frozen=True)
class ArmSpecification:
    """Limits of one arm; all rows are for joints 1 to 7.

    Attributes:
        arm_id: prefix of the joint and link names.
        position_min, position_max: rad.
        velocity: rad/s, symmetric.
        acceleration: rad/s^2, symmetric.
        jerk: rad/s^3, symmetric.
        envelope: lower velocity limits near the ends of the range, where the arm has them.
    """

    arm_id: str
    position_min: Row
    position_max: Row
    velocity: Row
    acceleration: Row
    jerk: Row
    envelope: VelocityEnvelope | None = None

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names as in ``/joint_states``."""
        return tuple(f"{self.arm_id}_joint{number}" for number in range(1, JOINTS + 1))

    def velocity_limits(
        self, positions: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest velocity [..., 7] allowed at `positions` [..., 7], rad/s."""
        upper = np.broadcast_to(np.asarray(self.velocity), positions.shape)
        lower = -upper
        if self.envelope is None:
            return lower, upper
        edge = self.envelope
        offset, scale = np.asarray(edge.offset), np.asarray(edge.scale)
        to_upper = np.maximum(0.0, np.asarray(edge.upper_end) - positions)
        to_lower = np.maximum(0.0, positions - np.asarray(edge.lower_end))
        upper = np.minimum(upper, np.maximum(0.0, np.sqrt(scale * to_upper) - offset))
        lower = np.maximum(lower, np.minimum(0.0, offset - np.sqrt(scale * to_lower)))
        return lower, upper


def _fer(arm_id: str) -> ArmSpecification:
    return ArmSpecification(
        arm_id=arm_id,
        position_min=(-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973),
        position_max=(2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973),
        velocity=(2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61),
        acceleration=(15.0, 7.5, 10.0, 12.5, 15.0, 20.0, 20.0),
        jerk=(7500.0, 3750.0, 5000.0, 6250.0, 7500.0, 10000.0, 10000.0),
    )


_FR3 = ArmSpecification(
    arm_id="fr3",
    position_min=(-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159),
    position_max=(2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159),
    velocity=(2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26),
    acceleration=(10.0,) * 7,
    jerk=(5000.0,) * 7,
    envelope=VelocityEnvelope(
        lower_end=(-2.7501, -1.7918, -2.9065, -3.0481, -2.8101, 0.54092, -3.0196),
        upper_end=(2.7501, 1.7918, 2.9065, -0.1458, 2.8101, 4.5205, 3.0196),
        offset=(0.30, 0.20, 0.20, 0.30, 0.35, 0.35, 0.35),
        scale=(12.0, 5.17, 7.0, 8.0, 34.0, 11.0, 34.0),
    ),
)

ARMS = {arm.arm_id: arm for arm in (_FR3, _fer("fer"), _fer("panda"))}
"""The arms by their id."""


def arm_specification(arm_id: str) -> ArmSpecification:
    """The constants of an arm.

    Raises:
        ClapError: INVALID_REQUEST for an unknown id.
    """
    if arm_id not in ARMS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no arm '{arm_id}'",
            f"Set arm_id to one of: {', '.join(ARMS)}",
        )
    return ARMS[arm_id]
