"""Executes key actions: the one place that says what a motion, an opening and a grasp mean.

The robot is behind a small protocol. The executor node passes one that speaks to the drivers over
ROS, the benchmark one that steps a simulation: what is measured there is what runs on the arm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import ContactConfig, GripperConfig
from clap_core.robot.kinematics import Joints
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.trajectory import Trajectory
from clap_core.task_types import GripperCommand, KeyAction, Motion


@dataclass(frozen=True)
class GripOutcome:
    """How closing the fingers ended.

    Attributes:
        width_m: their opening, measured afterwards.
        is_held: whether the hand says that it holds something.
        problem: what the hand said was wrong; empty where it said nothing.
    """

    width_m: float
    is_held: bool
    problem: str = ""


class Robot(Protocol):
    """An arm and its hand. Each call waits until what it started is at rest."""

    def start_joints(self) -> Joints:
        """[7] joints that a motion starts from, rad.

        Raises:
            ClapError: ROBOT_NOT_READY, ROBOT_REFLEX: nothing may move.
        """
        ...

    def follow(self, trajectory: Trajectory, until_contact: bool) -> None:
        """Follow a trajectory to its end, or until the hand feels a contact.

        Raises:
            ClapError: CANCELED, TRAJECTORY_REJECTED, TRAJECTORY_ABORTED, ROBOT_REFLEX,
                ROBOT_NOT_READY, TIMEOUT, NODE_UNAVAILABLE.
        """
        ...

    def move_fingers(self, width_m: float, speed_m_s: float) -> None:
        """Move the fingers to an opening.

        Raises:
            ClapError: GRIPPER_FAILED, CANCELED, TIMEOUT, NODE_UNAVAILABLE.
        """
        ...

    def close_fingers(self, force_n: float, speed_m_s: float) -> GripOutcome:
        """Close the fingers until they hold something or meet.

        Raises:
            ClapError: GRIPPER_FAILED, ROBOT_NOT_READY, CANCELED, TIMEOUT, NODE_UNAVAILABLE.
        """
        ...


class KeyActionExecutor:
    """Executes key actions on one robot.

    Args:
        planner: of its motions.
        robot: the robot.
        config: of the gripper.
    """

    def __init__(self, planner: MotionPlanner, robot: Robot, config: GripperConfig) -> None:
        self._planner = planner
        self._robot = robot
        self._config = config

    def execute(
        self,
        action: KeyAction,
        cancelled: Callable[[], bool] = lambda: False,
        report: Callable[[str], None] = lambda phase: None,
    ) -> None:
        """Move, then use the gripper.

        OPEN moves the fingers to ``action.width_m``, be that wide or closed. GRASP closes with
        ``action.force_n`` (the configured force where it is 0) and fails where the fingers end at
        ``action.width_m`` or closer, or closer than any object is wide.

        Args:
            action: what to do.
            cancelled: looked at before anything moves; what moves ends by the robot's own means.
            report: told the phase that begins: planning, moving or gripper.

        Raises:
            ClapError: INVALID_REQUEST, OUT_OF_WORKSPACE, UNREACHABLE (nothing has moved then),
                GRASP_FAILED, and what the robot raises.
        """
        self._check(action)
        report("planning")
        if action.motion is not Motion.NONE:
            trajectory = self._planner.plan(
                action.base_T_tcp, action.motion, self._robot.start_joints(), action.speed_scale
            )
            if cancelled():
                raise ClapError(
                    ErrorCode.CANCELED, "canceled before it moved", "Send the action again"
                )
            if trajectory is not None:
                report("moving")
                self._robot.follow(trajectory, action.motion is Motion.GUARDED)
        if action.gripper is GripperCommand.KEEP:
            return
        report("gripper")
        if action.gripper is GripperCommand.OPEN:
            self._robot.move_fingers(action.width_m, self._config.speed_m_s)
        else:
            self._grasp(action)

    def _check(self, action: KeyAction) -> None:
        """Refuse a width or force that the hand does not have."""
        config = self._config
        if not 0.0 <= action.width_m <= config.max_width_m:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the gripper width {action.width_m:.3f} m is outside 0 .. {config.max_width_m} m",
                "Correct the policy that asked for it",
            )
        if not 0.0 <= action.force_n <= config.max_force_n:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the grasp force {action.force_n:.0f} N is outside 0 .. {config.max_force_n:g} N",
                "Correct the policy that asked for it, or raise gripper.max_force_n",
            )

    def _grasp(self, action: KeyAction) -> None:
        force_n = action.force_n or self._config.default_force_n
        grip = self._robot.close_fingers(force_n, self._config.speed_m_s)
        least_m = max(action.width_m, self._config.min_object_width_m)
        cure = "Look and grasp again: the object moved, or the grasp was beside it"
        if grip.width_m <= least_m:
            raise ClapError(
                ErrorCode.GRASP_FAILED,
                f"nothing between the fingers: they closed to {1000 * grip.width_m:.1f} mm, an "
                f"object is wider than {1000 * least_m:.1f} mm",
                cure,
            )
        if not grip.is_held:
            raise ClapError(
                ErrorCode.GRASP_FAILED,
                f"the gripper could not hold what it closed on at {1000 * grip.width_m:.1f} mm"
                + (f": {grip.problem}" if grip.problem else ""),
                cure,
            )


class ContactSense:
    """Says when the hand touches something, by the change of the external force.

    Args:
        config: how strong a contact is, and how often it must be felt.
        rest_n: [3] force on the hand before the motion, N.
    """

    def __init__(self, config: ContactConfig, rest_n: NDArray[np.float64]) -> None:
        self._config = config
        self._rest_n = rest_n
        self._pressed = 0

    def feels(self, force_n: NDArray[np.float64]) -> bool:
        """Whether there is contact, given the force [3] now; call it once a period."""
        pressing = float(np.linalg.norm(force_n - self._rest_n)) > self._config.force_n
        self._pressed = self._pressed + 1 if pressing else 0
        return self._pressed >= self._config.samples
