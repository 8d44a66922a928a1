"""The node `fci_driver`: a real Franka by its FCI, under franka_ros2's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.specification import arm_specification
from clap_franka.fci.arm import FciArmDriver
from clap_franka.fci.arm_process import run_arm
from clap_franka.fci.config import FciConfig
from clap_franka.fci.hand import FciHandDriver, NoHand
from clap_franka.fci.hand_process import run_hand
from clap_franka.fci.links import plain_description
from clap_franka.front.arm import ArmInterface
from clap_franka.front.gripper import GripperInterface
from clap_franka.front.joint_states import JointStatePublisher
from clap_franka.front.robot_state import RobotStatePublisher
from clap_franka.front.services import RobotServices
from clap_ros.diagnostics import Health
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.timers import steady_timer

REPORT_PERIOD_S = 0.2


class FciDriverNode(Node):
    """Serves a robot whose loops run in processes of their own.

    Args:
        arm_body, hand_body: what runs in these; tests have others.
        parameter_overrides: besides those of the command line.

    Raises:
        ClapError: INVALID_REQUEST for wrong parameters.
    """

    def __init__(
        self,
        arm_body: Callable[..., None] = run_arm,
        hand_body: Callable[..., None] = run_hand,
        parameter_overrides: list[Parameter] | None = None,
    ) -> None:
        super().__init__("fci_driver", parameter_overrides=parameter_overrides)
        config = declare(self, FciConfig).read()
        if self.get_parameter("use_sim_time").value:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                "use_sim_time is true, but a real robot has the time of the day",
                "Start this node with use_sim_time false",
            )
        specification = arm_specification(config.arm_id)
        self.hand = (
            FciHandDriver(config.gripper, hand_body, (config.robot_ip, config.library), self._tell)
            if config.hand
            else NoHand()
        )
        self.arm = FciArmDriver(config, arm_body, lambda: self.hand.width_m, self._tell)
        self._goals = (
            ArmInterface(self, self.arm, config.follower.feedback_rate),
            GripperInterface(self, self.hand, config.gripper_name, config.gripper),
            RobotServices(self, self.arm),
        )
        self._states = (
            JointStatePublisher(
                self,
                self.arm,
                self.hand,
                config.gripper_name,
                plain_description(specification),
                config.rates,
            ),
            RobotStatePublisher(self, self.arm, config.robot_state_rate),
        )
        self.health = Health(self, self._figures)
        self.add_on_set_parameters_callback(self._refuse)
        steady_timer(self, 1.0 / config.update_rate, self.update)
        steady_timer(self, REPORT_PERIOD_S, self._report)

    def destroy_node(self) -> None:
        """Stop the arm, then end."""
        for driver in (getattr(self, "arm", None), getattr(self, "hand", None)):
            if driver is not None:
                driver.end()
        super().destroy_node()

    def update(self) -> None:
        """Take in what arm and hand tell, and pass it on."""
        self.arm.update()
        self.hand.update()
        now_ns = self.get_clock().now().nanoseconds
        for interface in self._goals:
            interface.update(now_ns)
        if self.arm.connected:  # old states are not repeated
            for publisher in self._states:
                publisher.update(now_ns)

    def _tell(self, text: str, warning: bool) -> None:
        log = self.get_logger()
        if warning:
            log.warning(text)
        else:
            log.info(text)

    def _report(self) -> None:
        refusal = self.arm.refusal()
        if refusal is not None:
            self.health.error(refusal)
        elif self.hand.trouble is not None:
            self.health.warn(self.hand.trouble.message, self.hand.trouble.code)
        elif self.arm.warnings:
            self.health.warn(self.arm.warnings[0])
        else:
            self.health.ok("running")

    def _figures(self) -> Mapping[str, object]:
        state = self.arm.state()
        return {
            "robot_mode": state.mode.name,
            "control_command_success_rate": state.success_rate,
            "errors": ", ".join(state.errors),
            "last_motion_errors": ", ".join(state.last_errors),
            "warnings": "; ".join(self.arm.warnings),
        }

    def _refuse(self, proposed: list[Parameter]) -> SetParametersResult:
        return SetParametersResult(
            successful=False,
            reason=f"{', '.join(p.name for p in proposed)}: read at the start only. Put it into "
            "the parameter file and start the node again",
        )


def main() -> None:
    """Run the node."""
    run_node(FciDriverNode)


if __name__ == "__main__":
    main()
