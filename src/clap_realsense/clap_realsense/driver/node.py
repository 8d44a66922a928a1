"""The node `realsense`: parameters and cameras in, topics and diagnostics out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.cameras import check_names, chosen
from clap_realsense.driver.config import CameraConfig, DriverConfig
from clap_ros.diagnostics import Health
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.timers import steady_timer

if TYPE_CHECKING:
    from clap_realsense.driver.bus import CameraBus
    from clap_realsense.driver.camera import CameraState

REPORT_PERIOD_S = 0.2
"""How soon /diagnostics tells of a camera that was lost or is back."""

READ_ONCE = frozenset({*DriverConfig.model_fields, "use_sim_time"})


class RealSenseNode(Node):
    """Runs the cameras that have a serial number, each in a thread of its own.

    Args:
        bus: where they are; those of this computer if None.
        parameter_overrides: besides those of the command line.

    Raises:
        ClapError: NODE_UNAVAILABLE without pyrealsense2; INVALID_REQUEST for wrong parameters.
    """

    def __init__(
        self, bus: CameraBus | None = None, parameter_overrides: list[Parameter] | None = None
    ) -> None:
        super().__init__("realsense", parameter_overrides=parameter_overrides)
        try:
            # Here, since who only reads its parameters need not have pyrealsense2.
            from clap_realsense.driver.bus import CameraBus
            from clap_realsense.driver.camera import Camera
            from clap_realsense.driver.publishing import CameraPublisher
        except ImportError as error:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"pyrealsense2 cannot be loaded: {error}",
                "Install it: ./clap setup --with realsense; or start realsense-ros instead: "
                "camera_driver:=realsense2_camera",
            ) from error
        bus = bus or CameraBus()
        config = declare(self, DriverConfig).read()
        if self.get_parameter("use_sim_time").value:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                "use_sim_time is true, but real cameras have the time of the day",
                "Start this node with use_sim_time false",
            )
        check_names(config.cameras)
        self._settings = {n: declare(self, CameraConfig, f"{n}.") for n in config.cameras}
        settings = {name: one.read() for name, one in self._settings.items()}
        started = chosen(settings, bus.cameras())
        for name in settings.keys() - started.keys():
            self.get_logger().warning(f"The camera {name} has no serial number: not started")
        self.health = Health(self, self._figures)
        publisher = CameraPublisher(self, config.pointcloud)
        self._cameras = {
            name: Camera(name, bus, one, config, publisher.open, publisher.publish, self._on_state)
            for name, one in started.items()
        }
        self.add_on_set_parameters_callback(self._refuse_what_is_read_once)
        self.add_post_set_parameters_callback(self._read_settings)
        steady_timer(self, REPORT_PERIOD_S, self._report)
        for camera in self._cameras.values():
            camera.start()

    def destroy_node(self) -> None:
        """Close the cameras, then end."""
        for camera in getattr(self, "_cameras", {}).values():
            camera.end()
        super().destroy_node()

    def _refuse_what_is_read_once(self, proposed: list[Parameter]) -> SetParametersResult:
        late = [p.name for p in proposed if p.name in READ_ONCE]
        if not late:
            return SetParametersResult(successful=True)
        return SetParametersResult(
            successful=False,
            reason=f"{', '.join(late)}: read at the start only. Put it into the parameter file and "
            "start the node again",
        )

    def _read_settings(self, _changed: list[Parameter]) -> None:
        for name, camera in self._cameras.items():
            camera.set_config(self._settings[name].read())

    def _on_state(self, name: str, before: CameraState, state: CameraState) -> None:
        """Log what changed; called on the camera's thread."""
        log = self.get_logger()
        if state.fault is not None:
            log.error(f"{state.fault.code.name}: {self._of(name, state)}: {state.fault.message}")
            return
        log.info(f"{self._of(name, state)} gives pictures")
        for warning in state.warnings:
            log.warning(f"{self._of(name, state)} {warning}")

    def _of(self, name: str, state: CameraState) -> str:
        return f"camera '{name}', {state.facts}"

    def _report(self) -> None:
        states = {name: camera.state for name, camera in self._cameras.items()}
        faults = {name: state.fault for name, state in states.items() if state.fault is not None}
        if faults:
            name, fault = next(iter(faults.items()))
            told = ClapError(
                fault.code, f"{self._of(name, states[name])}: {fault.reason}", fault.cure
            )
            if len(faults) == len(states):
                self.health.error(told)
            else:
                self.health.warn(told.message, told.code)
            return
        for name, state in states.items():
            if state.warnings:
                self.health.warn(f"{self._of(name, state)} {state.warnings[0]}")
                return
        self.health.ok(f"running {', '.join(states)}")

    def _figures(self) -> Mapping[str, object]:
        now_s = time.monotonic()
        figures: dict[str, object] = {}
        for name, camera in self._cameras.items():
            state = camera.state
            figures |= {
                f"{name}.serial": state.facts.serial,
                f"{name}.model": state.facts.model,
                f"{name}.usb": state.facts.usb,
                f"{name}.firmware": state.facts.firmware,
                f"{name}.rate_hz": camera.rate.hz(now_s),
                f"{name}.error_msg": state.fault.message if state.fault else "",
                f"{name}.warnings": "; ".join(state.warnings),
            }
        return figures


def main() -> None:
    """Run the node."""
    run_node(RealSenseNode)


if __name__ == "__main__":
    main()
