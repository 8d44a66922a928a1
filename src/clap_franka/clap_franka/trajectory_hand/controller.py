"""The joint trajectory controller's action client."""

from __future__ import annotations

from typing import Any

from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future
from trajectory_msgs.msg import JointTrajectoryPoint

from clap_core.errors import ClapError, ErrorCode
from clap_franka.front.times import NS
from clap_ros.names import full_name
from control_msgs.action import FollowJointTrajectory

_MISSED = (
    FollowJointTrajectory.Result.PATH_TOLERANCE_VIOLATED,
    FollowJointTrajectory.Result.GOAL_TOLERANCE_VIOLATED,
)
"""The finger is not where the trajectory has it: so it is whenever something is held."""


class TrajectoryController:
    """``trajectory_hand.goals.FingerController`` over ROS; nothing here waits.

    Args:
        node: whose executor calls back.
        action: of the controller.
        joint: finger joint 1.
    """

    def __init__(self, node: Node, action: str, joint: str) -> None:
        self._node = node
        self._name = full_name(node, action)
        self._joint = joint
        self._client = ActionClient(node, FollowJointTrajectory, action)

    def trouble(self) -> ClapError | None:
        """See ``FingerController``, as for all below."""
        if self._client.server_is_ready():
            return None
        controller = self._name.removesuffix("/follow_joint_trajectory").rpartition("/")[2]
        return ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"no controller serves {self._name}",
            f"Spawn it: `ros2 run controller_manager spawner {controller} --param-file FILE`; or "
            "give this node's parameter controller the name of the one that moves the fingers",
        )

    def send(self, position_m: float, seconds: float) -> FingerTrajectoryGoal:
        point = JointTrajectoryPoint(positions=[position_m], time_from_start=_duration(seconds))
        goal = FollowJointTrajectory.Goal()
        goal.trajectory.joint_names = [self._joint]
        goal.trajectory.points = [point]
        return FingerTrajectoryGoal(self._client.send_goal_async(goal), self._name)

    def destroy(self) -> None:
        """End the client."""
        self._client.destroy()


class FingerTrajectoryGoal:
    """``trajectory_hand.goals.FingerGoal`` over ROS.

    Args:
        sent: the controller's answer to come.
        name: of the action.
    """

    def __init__(self, sent: Future, name: str) -> None:
        self._name = name
        self._handle: Any = None
        self._unwanted = False
        self.answered = False
        self.ended = False
        self.cancelled = False
        self.error: ClapError | None = None
        sent.add_done_callback(self._on_answer)

    def cancel(self) -> None:
        self._unwanted = True
        if self._handle is not None and not self.ended:
            self._handle.cancel_goal_async()

    def _on_answer(self, sent: Future) -> None:
        self.answered = True
        handle = sent.result()
        if handle is None or not handle.accepted:
            self.ended = True
            self.error = ClapError(
                ErrorCode.TRAJECTORY_REJECTED,
                f"{self._name} refused the goal",
                "See that the controller is active (`ros2 control list_controllers`) and that its "
                "only joint is finger joint 1 of this arm",
            )
            return
        self._handle = handle
        handle.get_result_async().add_done_callback(self._on_result)
        if self._unwanted:
            handle.cancel_goal_async()

    def _on_result(self, done: Future) -> None:
        self.ended = True
        answer = done.result()
        self.cancelled = answer is not None and answer.status == GoalStatus.STATUS_CANCELED
        if self._unwanted or answer is None or answer.status == GoalStatus.STATUS_SUCCEEDED:
            return
        result = answer.result
        if answer.status == GoalStatus.STATUS_ABORTED and result.error_code in _MISSED:
            return
        self.error = ClapError(
            ErrorCode.TRAJECTORY_ABORTED,
            f"{self._name} ended the goal by itself (error {result.error_code}"
            f"{': ' + result.error_string if result.error_string else ''})",
            "Let nothing else command the fingers, and see that the controller stays active",
        )


def _duration(seconds: float) -> Duration:
    nanoseconds = round(seconds * NS)
    return Duration(sec=nanoseconds // NS, nanosec=nanoseconds % NS)
