"""Sends trajectories to the joint trajectory controller and watches over them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from rclpy.action import ActionClient
from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import CONTACT_PERIOD_S, ContactConfig
from clap_core.robot.key_actions import ContactSense
from clap_core.robot.specification import ArmSpecification
from clap_core.robot.trajectory import Trajectory
from clap_manipulation.franka_executor.config import RobotNames, SupervisionConfig
from clap_manipulation.franka_executor.lag import LagSense
from clap_manipulation.franka_executor.robot_monitor import RobotMonitor
from clap_manipulation.franka_executor.waiting import wait_for_server
from clap_ros.calls import UnconfirmedStopError, run_action, succeeded
from clap_ros.names import full_name
from clap_ros.timers import steady_timer
from clap_ros.trajectories import trajectory_goal
from control_msgs.action import FollowJointTrajectory

STATE_DELAY_S = 0.5
"""How long after an abort the robot may take to report the state that caused it."""

_CONTROLLER_ERRORS = {
    FollowJointTrajectory.Result.INVALID_GOAL: "invalid goal",
    FollowJointTrajectory.Result.INVALID_JOINTS: "invalid joints",
    FollowJointTrajectory.Result.OLD_HEADER_TIMESTAMP: "old header timestamp",
    FollowJointTrajectory.Result.PATH_TOLERANCE_VIOLATED: "path tolerance violated",
    FollowJointTrajectory.Result.GOAL_TOLERANCE_VIOLATED: "goal tolerance violated",
}


class Arm:
    """The arm behind one joint trajectory controller.

    Args:
        node: for the client, the clock and the watch.
        names: of the controller.
        monitor: of the robot's state.
        supervision: when to stop.
        contact: what ends a guarded motion.
        arm: whose joints they are.
    """

    def __init__(
        self,
        node: Node,
        names: RobotNames,
        monitor: RobotMonitor,
        supervision: SupervisionConfig,
        contact: ContactConfig,
        arm: ArmSpecification,
    ) -> None:
        self._node = node
        self._monitor = monitor
        self._supervision = supervision
        self._contact = contact
        self._arm = arm
        self._name = full_name(node, names.trajectory_action)
        self._client = ActionClient(node, FollowJointTrajectory, self._name)
        self._cancel_all = node.create_client(CancelGoal, f"{self._name}/_action/cancel_goal")

    def destroy(self) -> None:
        """Release the clients."""
        self._client.destroy()
        self._node.destroy_client(self._cancel_all)

    def stop_leftovers(self) -> None:
        """Ask the controller to cancel whatever still runs, e.g. since this node was killed.

        Does not wait. Without a goal's id or time, the request means all goals.
        """
        if self._cancel_all.service_is_ready():
            self._cancel_all.call_async(CancelGoal.Request())

    def move(
        self,
        trajectory: Trajectory,
        cancelled: threading.Event,
        on_progress: Callable[[float], None],
        until_contact: bool = False,
    ) -> None:
        """Follow a trajectory to its end.

        On return and on error the arm stands still, or was told to: the error says where nobody
        confirmed it.

        Args:
            trajectory: from where the arm is.
            cancelled: ends the motion when set.
            on_progress: called with 0..1 of the planned duration.
            until_contact: end early, and successfully, when the external force has changed by
                the contact force; where no force is told, see ``contact_lag_m``.

        Raises:
            ClapError: CANCELED, TRAJECTORY_REJECTED, TRAJECTORY_ABORTED, ROBOT_REFLEX,
                ROBOT_NOT_READY, TIMEOUT, NODE_UNAVAILABLE.
        """
        wait_for_server(
            self._client.server_is_ready, self._name, self._supervision.server_timeout_s, cancelled
        )
        allowed_s = (
            trajectory.duration_s * self._supervision.duration_factor
            + self._supervision.duration_slack_s
        )
        lag = self._lag_sense() if until_contact else None
        contact = self._contact if until_contact and lag is None else None
        watch = _Watch(self._node, self._monitor, allowed_s, contact)

        def forward(feedback: FollowJointTrajectory.Feedback) -> None:
            moment = feedback.desired.time_from_start
            elapsed = moment.sec + moment.nanosec * 1e-9
            on_progress(min(1.0, elapsed / trajectory.duration_s))
            if lag is not None and lag.feels(feedback):
                watch.touch()

        try:
            status, result = run_action(
                self._client,
                trajectory_goal(trajectory),
                allowed_s / self._supervision.slowest_real_time_factor,
                cancelled,
                forward,
                watch.stop,
            )
        except UnconfirmedStopError as error:
            raise self._unconfirmed_stop(error, watch.reason) from error
        except ClapError as error:
            if watch.reason is not None:
                raise watch.reason from error
            if error.code is ErrorCode.TRAJECTORY_REJECTED:
                raise self._rejected() from error
            raise
        finally:
            watch.end()
        if watch.reason is not None:
            raise watch.reason
        if watch.contact or succeeded(status):
            return
        if status == GoalStatus.STATUS_CANCELED and cancelled.is_set():
            raise ClapError(ErrorCode.CANCELED, "the motion was canceled", "Send the action again")
        if status == GoalStatus.STATUS_CANCELED:
            raise ClapError(
                ErrorCode.TRAJECTORY_ABORTED,
                f"someone else cancelled the motion on {self._name}",
                "Let nothing else command the arm, then send the action again",
            )
        raise self._aborted(result)

    def _lag_sense(self) -> LagSense | None:
        """What feels a contact where the robot tells no force; None where it does, or must."""
        supervision = self._supervision
        silent = self._monitor.robot_state() is None and not supervision.require_robot_state
        if not silent or supervision.contact_lag_m <= 0.0:
            return None
        return LagSense(self._arm, supervision.contact_lag_m, self._contact.samples)

    def _unconfirmed_stop(self, error: UnconfirmedStopError, reason: ClapError | None) -> ClapError:
        before = "" if reason is None else f" after this: {reason.reason}"
        return ClapError(
            error.code if reason is None else reason.code,
            f"{self._name} did not confirm that it stopped{before}. The arm may still move",
            "Press the user stop, then restart the controller",
        )

    def _rejected(self) -> ClapError:
        problem = self._monitor.problem()
        if problem is not None:
            return problem
        return ClapError(
            ErrorCode.TRAJECTORY_REJECTED,
            f"{self._name} refused the trajectory",
            "Check that the controller is active (`ros2 control list_controllers`) and that "
            "arm_id matches its joints; its log names the reason",
        )

    def _aborted(self, result: FollowJointTrajectory.Result) -> ClapError:
        # The robot's mode travels on another topic and may arrive after the abort.
        problem = self._monitor.wait_for_problem(STATE_DELAY_S)
        if problem is not None:
            return problem
        kind = _CONTROLLER_ERRORS.get(result.error_code, f"error {result.error_code}")
        return ClapError(
            ErrorCode.TRAJECTORY_ABORTED,
            f"{self._name} aborted the motion: {kind}"
            + (f", {result.error_string}" if result.error_string else ""),
            "Free the arm's way, lower speed_scale, then send the action again",
        )


class _Watch:
    """Looks at a running motion, on the executor's thread, and says when and why to stop it.

    Attributes:
        stop: set when the motion must end.
        reason: the error that ends it; None while all is well, or on contact.
        contact: the contact force was reached.
    """

    def __init__(
        self,
        node: Node,
        monitor: RobotMonitor,
        allowed_s: float,
        contact: ContactConfig | None,
    ) -> None:
        self.stop = threading.Event()
        self.reason: ClapError | None = None
        self.contact = False
        self._node = node
        self._monitor = monitor
        self._allowed_s = allowed_s
        self._sense = None if contact is None else ContactSense(contact, monitor.external_force())
        self._start = node.get_clock().now()
        self._timer = steady_timer(node, CONTACT_PERIOD_S, self._look)

    def touch(self) -> None:
        """End the motion well: a contact was felt by other means than the force."""
        self.contact = True
        self.stop.set()

    def end(self) -> None:
        """Stop looking."""
        self._node.destroy_timer(self._timer)

    def _look(self) -> None:
        if self.stop.is_set():
            return
        elapsed_s = (self._node.get_clock().now() - self._start).nanoseconds * 1e-9
        self.reason = self._monitor.problem()
        if self.reason is None and elapsed_s > self._allowed_s:
            self.reason = ClapError(
                ErrorCode.TIMEOUT,
                f"the motion did not end within {self._allowed_s:.1f} s",
                "Look at the controller's log; raise supervision.duration_factor if it is only "
                "slow",
            )
        if self.reason is None and self._sense is not None:
            self._feel(self._sense)
        if self.reason is not None or self.contact:
            self.stop.set()

    def _feel(self, sense: ContactSense) -> None:
        try:
            self.contact = sense.feels(self._monitor.external_force())
        except ClapError as error:
            self.reason = error
