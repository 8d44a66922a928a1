"""The action ``<arm_id>_arm_controller/follow_joint_trajectory``."""

from __future__ import annotations

from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration, Time
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.errors import ClapError
from clap_core.robot.names import franka_names
from clap_franka.front.actions import LoopAction
from clap_franka.front.times import NS, to_time
from clap_franka.motion.follower import Ending, Execution, Outcome
from clap_franka.motion.goal import (
    GoalRefusedError,
    RequestPoint,
    RequestTolerance,
    TrajectoryError,
    TrajectoryRequest,
)
from clap_franka.robot import ArmDriver
from control_msgs.action import FollowJointTrajectory


class ArmInterface:
    """joint_trajectory_controller's action on an arm.

    As upstream, an invalid goal is rejected, with the error code and the reason in the log.

    Args:
        node: the node.
        arm: the arm.
        feedback_rate_hz: of the action's feedback.
    """

    def __init__(self, node: Node, arm: ArmDriver, feedback_rate_hz: float) -> None:
        self._arm = arm
        self._joint_names = list(franka_names(arm.arm_id).arm_joints)
        self._now_ns = 0
        self._action = LoopAction(
            node,
            FollowJointTrajectory,
            f"{arm.arm_id}_arm_controller/follow_joint_trajectory",
            self._begin,
            self._refusal,
            round(NS / feedback_rate_hz),
        )

    def update(self, now_ns: int) -> None:
        """Move the goals on; call often."""
        self._now_ns = now_ns
        self._action.update(now_ns)

    def _refusal(self, goal: FollowJointTrajectory.Goal) -> str | None:
        try:
            self._arm.check_trajectory(to_request(goal), self._now_ns / NS)
        except ClapError as error:
            return f"{error.code.name}: {error.message}"
        except GoalRefusedError as refused:
            return str(refused)
        return None

    def _begin(self, goal: FollowJointTrajectory.Goal) -> _ArmRun:
        try:
            execution = self._arm.start_trajectory(to_request(goal), self._now_ns / NS)
        except ClapError as error:  # the mode changed since the goal was accepted
            return _ArmRun(self, None, _aborted(TrajectoryError.INVALID_GOAL, error.message))
        except GoalRefusedError as refused:
            return _ArmRun(self, None, _aborted(refused.code, refused.reason))
        return _ArmRun(self, execution, None)

    def feedback(self) -> FollowJointTrajectory.Feedback:
        """The state of the motion now."""
        arm, setpoint = self._arm, self._arm.setpoint
        position, velocity = arm.position, arm.velocity
        feedback = FollowJointTrajectory.Feedback(joint_names=self._joint_names)
        feedback.header.stamp = to_time(self._now_ns)
        feedback.desired = _point(setpoint.position, setpoint.velocity, setpoint.acceleration)
        feedback.actual = _point(position, velocity)
        feedback.error = _point(setpoint.position - position, setpoint.velocity - velocity)
        return feedback

    def cancel(self, execution: Execution) -> None:
        """Begin to stop."""
        self._arm.cancel(execution, self._now_ns / NS)


class _ArmRun:
    def __init__(
        self, arm: ArmInterface, execution: Execution | None, outcome: Outcome | None
    ) -> None:
        self._arm = arm
        self._execution = execution
        self._outcome = outcome

    def feedback(self) -> FollowJointTrajectory.Feedback:
        return self._arm.feedback()

    def cancel(self) -> None:
        if self._execution is not None:
            self._arm.cancel(self._execution)

    def result(self) -> tuple[Ending, FollowJointTrajectory.Result] | None:
        outcome = self._outcome if self._execution is None else self._execution.outcome
        if outcome is None:
            return None
        return outcome.ending, FollowJointTrajectory.Result(
            error_code=int(outcome.code), error_string=outcome.reason
        )


def to_request(goal: FollowJointTrajectory.Goal) -> TrajectoryRequest:
    """A goal message as a plain request."""
    trajectory = goal.trajectory
    return TrajectoryRequest(
        joint_names=tuple(trajectory.joint_names),
        points=tuple(
            RequestPoint(
                _seconds(point.time_from_start),
                point.positions,
                point.velocities,
                point.accelerations,
                point.effort,
            )
            for point in trajectory.points
        ),
        start_s=_seconds(trajectory.header.stamp),
        path_tolerance=tuple(_tolerance(t) for t in goal.path_tolerance),
        goal_tolerance=tuple(_tolerance(t) for t in goal.goal_tolerance),
        goal_time_s=_seconds(goal.goal_time_tolerance),
    )


def _tolerance(message: Any) -> RequestTolerance:
    return RequestTolerance(message.name, message.position, message.velocity)


def _seconds(message: Time | Duration) -> float:
    return float(message.sec) + message.nanosec / NS


def _aborted(code: TrajectoryError, reason: str) -> Outcome:
    return Outcome(Ending.ABORTED, code, reason)


def _point(
    position: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray | None = None
) -> JointTrajectoryPoint:
    point = JointTrajectoryPoint(positions=position.tolist(), velocities=velocity.tolist())
    if acceleration is not None:
        point.accelerations = acceleration.tolist()
    return point
