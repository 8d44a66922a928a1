"""Whether the arm can do key poses one after the other; asked before anything moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError
from clap_core.robot.kinematics import InverseFailure
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME
from clap_core.task_types import KeyAction, Motion


class Reach:
    """Plans motions without doing them.

    Args:
        planner: as the executor has it. Its limits may be others' there, so what passes here may
            still be refused; what is refused here would not have been reached.
    """

    def __init__(self, planner: MotionPlanner) -> None:
        self._planner = planner

    def refusal(self, base_T_tcp: NDArray[np.float64], actions: Sequence[KeyAction]) -> str:
        """Why key poses cannot be done from where the hand is; empty if they can.

        Args:
            base_T_tcp: [4, 4] where the hand is. The arm's posture there is taken to be the one
                that the planner prefers.
            actions: in their order.
        """
        refused = self.first_refused(base_T_tcp, actions)
        return "" if refused is None else refused[1].message

    def first_refused(
        self, base_T_tcp: NDArray[np.float64], actions: Sequence[KeyAction]
    ) -> tuple[int, ClapError] | None:
        """The number of the first key pose that cannot be done, and why; None if all can.

        Args:
            base_T_tcp, actions: as of `refusal`.
        """
        joints = self._planner.kinematics.inverse(base_T_tcp, np.array(HOME))
        if isinstance(joints, InverseFailure):
            joints = np.array(HOME)
        for number, action in enumerate(actions):
            if action.motion is Motion.NONE:
                continue
            try:
                planned = self._planner.plan(action.base_T_tcp, action.motion, joints)
            except ClapError as error:
                return number, error
            if planned is not None:
                joints = planned.positions[-1]
        return None
