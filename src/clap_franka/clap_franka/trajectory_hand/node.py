"""The node `trajectory_hand`: franka_gripper's names on a joint trajectory controller."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from clap_core.robot.names import franka_names
from clap_franka.front.gripper import GripperInterface
from clap_franka.front.joint_states import GripperStatePublisher
from clap_franka.front.times import NS
from clap_franka.trajectory_hand.config import TrajectoryHandConfig
from clap_franka.trajectory_hand.controller import TrajectoryController
from clap_franka.trajectory_hand.driver import TrajectoryHandDriver
from clap_franka.trajectory_hand.fingers import FingerStates
from clap_ros.diagnostics import Health
from clap_ros.names import full_name
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.timers import steady_timer

REPORT_PERIOD_S = 0.2
NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Received from reliable and best-effort publishers alike."""


class TrajectoryHandNode(Node):
    """Serves a hand whose finger joint 1 a joint trajectory controller moves.

    Args:
        parameter_overrides: besides those of the command line.

    Raises:
        ClapError: INVALID_REQUEST for wrong parameters.
    """

    def __init__(self, parameter_overrides: list[Parameter] | None = None) -> None:
        super().__init__("trajectory_hand", parameter_overrides=parameter_overrides)
        config = declare(self, TrajectoryHandConfig).read()
        self._fingers = FingerStates(
            config.arm_id,
            full_name(self, config.joint_states),
            config.fingers.max_width,
            config.fingers.state_timeout,
            time.monotonic,
        )
        self._controller = TrajectoryController(
            self, config.trajectory_action, franka_names(config.arm_id).finger_joints[0]
        )
        self.hand = TrajectoryHandDriver(
            config.fingers,
            config.gripper.default_speed,
            self._fingers,
            self._controller,
            time.monotonic,
        )
        self._goals = GripperInterface(self, self.hand, config.gripper_name, config.gripper)
        self._states = GripperStatePublisher(
            self, config.arm_id, self.hand, config.gripper_name, config.joint_state_rate
        )
        self.create_subscription(JointState, config.joint_states, self._on_joint_state, NEWEST)
        self._health = Health(self, self._figures)
        self.add_on_set_parameters_callback(self._refuse)
        steady_timer(self, 1.0 / config.update_rate, self.update)
        steady_timer(self, REPORT_PERIOD_S, self._report)

    def destroy_node(self) -> None:
        """End the client too."""
        controller = getattr(self, "_controller", None)
        if controller is not None:
            controller.destroy()
        super().destroy_node()

    def update(self) -> None:
        """Move the running command on, and tell where the fingers are."""
        now_ns = self.get_clock().now().nanoseconds
        self.hand.update(now_ns / NS)
        self._goals.update(now_ns)
        if self._fingers.known:  # old states are not repeated
            self._states.update(now_ns)

    def _on_joint_state(self, message: JointState) -> None:
        self._fingers.hear(message.name, message.position)

    def _report(self) -> None:
        trouble = self.hand.trouble()
        if trouble is None:
            self._health.ok("running")
        else:
            self._health.error(trouble)

    def _figures(self) -> Mapping[str, object]:
        return {"width_m": self.hand.width_m}

    def _refuse(self, proposed: list[Parameter]) -> SetParametersResult:
        return SetParametersResult(
            successful=False,
            reason=f"{', '.join(p.name for p in proposed)}: read at the start only. Put it into "
            "the parameter file and start the node again",
        )


def main() -> None:
    """Run the node."""
    run_node(TrajectoryHandNode)


if __name__ == "__main__":
    main()
