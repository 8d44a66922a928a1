"""Contact of an arm that tells no force: the hand stays behind its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.robot.kinematics import ArmKinematics
from clap_core.robot.specification import ArmSpecification
from control_msgs.action import FollowJointTrajectory


class LagSense:
    """Watches how far the hand is from where the trajectory has it.

    A controller that pulls the joints towards their plan like springs lets the hand stay behind
    by as much as it presses.

    Args:
        arm: whose hand it is.
        lag_m: so far behind is a contact, beyond what it was behind at the motion's beginning.
        samples: so many messages in a row must show it.
    """

    def __init__(self, arm: ArmSpecification, lag_m: float, samples: int) -> None:
        self._joints = arm.joint_names
        self._kinematics = ArmKinematics(arm)
        self._lag_m = lag_m
        self._samples = samples
        self._rest_m: NDArray[np.float64] | None = None
        self._behind = 0

    def feels(self, feedback: FollowJointTrajectory.Feedback) -> bool:
        """Whether there is contact; call it with each feedback of the controller."""
        planned = self._hand(feedback.joint_names, feedback.desired.positions)
        measured = self._hand(feedback.joint_names, feedback.actual.positions)
        if planned is None or measured is None:
            return False
        lag_m = planned - measured
        if self._rest_m is None:
            self._rest_m = lag_m
        behind = float(np.linalg.norm(lag_m - self._rest_m)) > self._lag_m
        self._behind = self._behind + 1 if behind else 0
        return self._behind >= self._samples

    def _hand(self, names: Sequence[str], positions: Sequence[float]) -> NDArray[np.float64] | None:
        """[3] where the hand is with these joints, m; None where some are missing."""
        told: Mapping[str, float] = dict(zip(names, positions, strict=False))
        if not all(joint in told for joint in self._joints):
            return None
        joints = np.array([told[joint] for joint in self._joints])
        if not np.isfinite(joints).all():
            return None
        return self._kinematics.forward(joints)[:3, 3].copy()
