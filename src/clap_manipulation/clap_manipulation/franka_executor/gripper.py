"""Opens and closes the Franka hand through franka_gripper's actions."""

from __future__ import annotations

import threading
import time
from typing import Any

from rclpy.action import ActionClient
from rclpy.node import Node
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.config import GripperConfig
from clap_core.robot.key_actions import GripOutcome
from clap_manipulation.franka_executor.config import RobotNames, SupervisionConfig
from clap_manipulation.franka_executor.robot_monitor import RobotMonitor
from clap_manipulation.franka_executor.waiting import wait_for_server
from clap_ros.calls import run_action, succeeded
from franka_msgs.action import Grasp, Move

SETTLED_S = 0.15
"""After a grasp, finger positions count from this much later on: the gripper reports at 15 Hz."""

NEWS_TIMEOUT_S = 2.0
"""How long to wait for such finger positions."""


class Gripper:
    """The Franka hand.

    Args:
        node: for the clients.
        names: of the gripper's node.
        config: how wide it opens.
        supervision: deadlines.
        monitor: tells the width.
    """

    def __init__(
        self,
        node: Node,
        names: RobotNames,
        config: GripperConfig,
        supervision: SupervisionConfig,
        monitor: RobotMonitor,
    ) -> None:
        self._node = node
        self._config = config
        self._supervision = supervision
        self._monitor = monitor
        self._move = ActionClient(node, Move, f"{names.gripper_node}/move")
        self._grasp = ActionClient(node, Grasp, f"{names.gripper_node}/grasp")
        self._stop = node.create_client(Trigger, f"{names.gripper_node}/stop")
        self._name = names.gripper_node

    def destroy(self) -> None:
        """Release the clients."""
        self._move.destroy()
        self._grasp.destroy()
        self._node.destroy_client(self._stop)

    def open(self, width_m: float, speed_m_s: float, cancelled: threading.Event) -> None:
        """Move the fingers to an opening.

        Raises:
            ClapError: GRIPPER_FAILED, NODE_UNAVAILABLE, TIMEOUT, CANCELED.
        """
        goal = Move.Goal(width=width_m, speed=speed_m_s)
        done, result = self._run(self._move, f"{self._name}/move", goal, cancelled)
        if not done:
            raise ClapError(
                ErrorCode.GRIPPER_FAILED,
                f"the gripper did not reach {1000 * width_m:.0f} mm"
                + (f": {result.error}" if result.error else ""),
                f"Free the fingers; if the hand was just switched on, run {self._name}/homing",
            )

    def close(self, force_n: float, speed_m_s: float, cancelled: threading.Event) -> GripOutcome:
        """Close until something is held, or the fingers meet.

        Raises:
            ClapError: ROBOT_NOT_READY, GRIPPER_FAILED, NODE_UNAVAILABLE, TIMEOUT, CANCELED.
        """
        goal = Grasp.Goal(width=0.0, speed=speed_m_s, force=force_n)
        # Any opening ends the grasp well; whether it is wide enough is judged by the width.
        goal.epsilon.inner = goal.epsilon.outer = self._config.max_width_m
        done, result = self._run(self._grasp, f"{self._name}/grasp", goal, cancelled)
        if not self._monitor.wait_for_finger_positions(
            time.monotonic() + SETTLED_S, NEWS_TIMEOUT_S
        ):
            raise ClapError(
                ErrorCode.ROBOT_NOT_READY,
                "the opening of the gripper is not known: no finger joints came",
                "Start the gripper's node, which publishes them, and look at this node's "
                "last_refusal on /diagnostics",
            )
        return GripOutcome(self._monitor.gripper_width_m, done, result.error)

    def _run(
        self, client: ActionClient, name: str, goal: Any, cancelled: threading.Event
    ) -> tuple[bool, Any]:
        timeout_s = self._supervision.gripper_timeout_s
        wait_for_server(client.server_is_ready, name, self._supervision.server_timeout_s, cancelled)
        try:
            status, result = run_action(client, goal, timeout_s, cancelled)
        except ClapError as error:
            self._halt()
            if error.code is ErrorCode.TRAJECTORY_REJECTED:
                raise ClapError(
                    ErrorCode.GRIPPER_FAILED,
                    f"{name} refused the goal",
                    f"Home the gripper ({self._name}/homing) and look at its log",
                ) from error
            raise
        return succeeded(status) and result.success, result

    def _halt(self) -> None:
        """Ask the fingers to stop; nobody waits for the answer, the arm stands still already."""
        if self._stop.service_is_ready():
            self._stop.call_async(Trigger.Request())
