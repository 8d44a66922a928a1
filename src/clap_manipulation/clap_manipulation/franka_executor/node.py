"""The franka_executor node: key actions in, trajectories and gripper actions out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from rclpy.action import ActionClient
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.task import Future
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.key_actions import GripOutcome, KeyActionExecutor
from clap_core.robot.kinematics import Joints
from clap_core.robot.names import franka_names
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import arm_specification
from clap_core.robot.trajectory import Trajectory
from clap_core.task_types import KeyAction
from clap_manipulation.franka_executor.arm import Arm
from clap_manipulation.franka_executor.config import NAMES, ExecutorConfig
from clap_manipulation.franka_executor.gripper import Gripper
from clap_manipulation.franka_executor.robot_monitor import RobotMonitor, recovery_cure
from clap_manipulation.franka_executor.waiting import wait_for_server
from clap_msgs.action import ExecuteKeyAction
from clap_ros.calls import run_action, succeeded
from clap_ros.goals import WorkerActionServer
from clap_ros.lifecycle import ManagedNode
from clap_ros.names import with_full_names
from clap_ros.parameters import declare
from clap_ros.shared_resource import SharedResource
from clap_ros.spin import run_node
from clap_ros.task_messages import key_action_from_message, pose_to_message
from clap_ros.timers import steady_timer
from franka_msgs.action import ErrorRecovery

HEALTH_PERIOD_S = 0.5
PROGRESS_STEP = 0.05
"""Feedback is sent each time the progress has grown by this much."""


class ConfiguredRobot:
    """Everything that belongs to one configuration: planner, monitor, arm, gripper, recovery."""

    def __init__(self, node: ManagedNode, config: ExecutorConfig) -> None:
        supervision = config.supervision
        arm = arm_specification(config.arm_id)
        self.config = config = with_full_names(node, config, *NAMES)
        self.planner = MotionPlanner(arm, config.motion, config.safety)
        self.monitor = RobotMonitor(node, config, arm, supervision)
        self.arm = Arm(node, config, self.monitor, supervision, config.contact, arm)
        self.gripper = Gripper(node, config, config.gripper, supervision, self.monitor)
        self.recovery = ActionClient(node, ErrorRecovery, config.error_recovery)

    def destroy(self) -> None:
        """Release subscriptions and clients."""
        self.monitor.destroy()
        self.arm.destroy()
        self.gripper.destroy()
        self.recovery.destroy()


class _GoalRobot:
    """The robot as one goal uses it: its cancel ends what moves, its client sees the progress."""

    def __init__(
        self, robot: ConfiguredRobot, cancelled: threading.Event, report: _Progress
    ) -> None:
        self._robot = robot
        self._cancelled = cancelled
        self._report = report

    def start_joints(self) -> Joints:
        return self._robot.monitor.start_joints()

    def follow(self, trajectory: Trajectory, until_contact: bool) -> None:
        def on_progress(fraction: float) -> None:
            self._report("moving", fraction)

        self._robot.arm.move(trajectory, self._cancelled, on_progress, until_contact)

    def move_fingers(self, width_m: float, speed_m_s: float) -> None:
        self._robot.gripper.open(width_m, speed_m_s, self._cancelled)

    def close_fingers(self, force_n: float, speed_m_s: float) -> GripOutcome:
        return self._robot.gripper.close(force_n, speed_m_s, self._cancelled)


class FrankaExecutor(ManagedNode):
    """Action ``~/execute`` (ExecuteKeyAction) and service ``~/recover`` (Trigger)."""

    def __init__(self) -> None:
        super().__init__("franka_executor")
        self._settings = declare(self, ExecutorConfig)
        self._robot: SharedResource[ConfiguredRobot] | None = None
        self._working = threading.Lock()
        self._last_error = ""
        self._goals = 0
        self._server = WorkerActionServer(
            self, ExecuteKeyAction, "~/execute", self._execute, self._check_active
        )
        # In a group of its own: while it awaits its worker, the node's other callbacks go on.
        self.create_service(
            Trigger, "~/recover", self._on_recover, callback_group=MutuallyExclusiveCallbackGroup()
        )
        steady_timer(self, HEALTH_PERIOD_S, self._check_health)

    def configure(self) -> None:
        """Read the parameters and listen to the robot."""
        robot = ConfiguredRobot(self, self._settings.read())
        self._robot = SharedResource(self, robot, robot.destroy)

    def activate(self) -> None:
        """Take the arm over at rest: a motion that a killed node has left behind is stopped."""
        if self._robot is not None:
            self._robot.value.arm.stop_leftovers()

    def cancel(self) -> None:
        """Stop the arm and the gripper; the goal ends as soon as they are at rest."""
        self._server.cancel()

    def halt(self) -> None:
        """Stop the arm and the gripper, and wait until they are at rest."""
        self._server.stop()

    def cleanup(self) -> None:
        """Let go of the robot, as soon as nothing needs it any more to stop the arm."""
        robot, self._robot = self._robot, None
        if robot is not None:
            robot.retire()

    def destroy_node(self) -> None:
        """Take the action off the graph too, which rclpy would leave to the garbage collector."""
        self._server.destroy()
        super().destroy_node()

    def health_values(self) -> Mapping[str, object]:
        """Ages, mode and the last error."""
        if self._robot is None:
            return {}
        monitor = self._robot.value.monitor
        return {
            "joint_states_age_s": monitor.joints_age_s,
            "robot_state_age_s": monitor.state_age_s,
            "robot_mode": monitor.mode(),
            "gripper_width_m": monitor.gripper_width_m,
            "joint_states_refused": monitor.refused_count,
            "last_refusal": monitor.last_refusal,
            "goals": self._goals,
            "last_error": self._last_error,
        }

    def _check_health(self) -> None:
        if not self.is_active or self._robot is None:
            return
        problem = self._robot.value.monitor.problem()
        if problem is not None:
            self.health.warn(problem.message, problem.code)
        else:
            self.health.ok("active")

    def _check_active(self) -> None:
        if not self.is_active:
            raise self._inactive()

    def _inactive(self) -> ClapError:
        name = self.get_fully_qualified_name()
        return ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{name} is not active",
            f"Activate it: `ros2 lifecycle set {name} activate`",
        )

    def _execute(
        self,
        request: ExecuteKeyAction.Goal,
        cancelled: threading.Event,
        feedback: Callable[[ExecuteKeyAction.Feedback], None],
    ) -> ExecuteKeyAction.Result:
        """The work of one goal, on a thread of its own."""
        result = ExecuteKeyAction.Result()
        with self._take_robot() as robot, self._working:
            self._goals += 1
            try:
                self._run(robot, request, cancelled, feedback)
            except ClapError as error:
                self._last_error = f"{error.code.name}: {error.message}"
                self.get_logger().warning(f"'{request.action.text}': {self._last_error}")
                result.error_code = int(error.code)
                result.error_msg = error.message
            self._describe(robot, result)
        return result

    def _take_robot(self) -> AbstractContextManager[ConfiguredRobot]:
        """The robot, for a worker.

        Raises:
            ClapError: NODE_UNAVAILABLE, where the node was cleaned up meanwhile.
        """
        robot = self._robot
        if robot is None or not self.is_active:
            raise self._inactive()
        return robot.use()

    def _run(
        self,
        robot: ConfiguredRobot,
        request: ExecuteKeyAction.Goal,
        cancelled: threading.Event,
        feedback: Callable[[ExecuteKeyAction.Feedback], None],
    ) -> None:
        report = _Progress(feedback)
        action = self._checked(robot, request)
        executor = KeyActionExecutor(
            robot.planner, _GoalRobot(robot, cancelled, report), robot.config.gripper
        )
        executor.execute(action, cancelled.is_set, lambda phase: report(phase, 0.0))

    def _checked(self, robot: ConfiguredRobot, request: ExecuteKeyAction.Goal) -> KeyAction:
        base = robot.config.base_frame
        frames = (base, franka_names(robot.config.arm_id).base_link)
        if request.header.frame_id not in frames:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the action's frame is '{request.header.frame_id}'",
                f"Give the target in the frame '{base}'",
            )
        action = key_action_from_message(request.action)
        problem = robot.monitor.problem()
        if problem is not None:
            raise problem
        return action

    def _describe(self, robot: ConfiguredRobot, result: ExecuteKeyAction.Result) -> None:
        """Where the hand is now."""
        joints = robot.monitor.measured_joints
        if joints is not None:
            result.tcp.header.frame_id = robot.config.base_frame
            result.tcp.header.stamp = self.get_clock().now().to_msg()
            result.tcp.pose = pose_to_message(robot.planner.kinematics.forward(joints))
        result.gripper_width_m = robot.monitor.gripper_width_m

    async def _on_recover(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        finished: Future = Future()

        def work() -> None:
            finished.set_result(self._recover())
            if self.executor is not None:
                self.executor.wake()

        threading.Thread(target=work, name="recover", daemon=True).start()
        error = await finished
        response.success = error is None
        response.message = "recovered" if error is None else error.message
        return response

    def _recover(self) -> ClapError | None:
        if not self._working.acquire(blocking=False):
            return ClapError(
                ErrorCode.BUSY, "a key action is running", "Cancel it, then recover again"
            )
        try:
            with self._take_robot() as robot:
                self._recover_from_reflex(robot)
        except ClapError as error:
            self._last_error = f"{error.code.name}: {error.message}"
            return error
        finally:
            self._working.release()
        return None

    def _recover_from_reflex(self, robot: ConfiguredRobot) -> None:
        name = robot.config.error_recovery
        supervision = robot.config.supervision
        deadline = time.monotonic() + supervision.recovery_timeout_s
        never = threading.Event()
        wait_for_server(robot.recovery.server_is_ready, name, supervision.server_timeout_s, never)
        status, _ = run_action(robot.recovery, ErrorRecovery.Goal(), supervision.recovery_timeout_s)
        if not succeeded(status):
            raise ClapError(
                ErrorCode.ROBOT_REFLEX,
                f"{name} could not clear the robot's error",
                recovery_cure(self),
            )
        still = robot.monitor.wait_until_ready(deadline - time.monotonic())
        if still is not None:
            raise still


class _Progress:
    """Feedback of one goal, thinned out."""

    def __init__(self, publish: Callable[[ExecuteKeyAction.Feedback], None]) -> None:
        self._publish = publish
        self._last = ("", 0.0)

    def __call__(self, phase: str, fraction: float) -> None:
        last_phase, last_fraction = self._last
        if phase == last_phase and fraction < last_fraction + PROGRESS_STEP:
            return
        self._last = (phase, fraction)
        self._publish(ExecuteKeyAction.Feedback(phase=phase, progress=fraction))


def main() -> None:
    """Run the node."""
    run_node(FrankaExecutor)
