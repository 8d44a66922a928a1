"""The simulation node: a MuJoCo world with a Franka and cameras behind their drivers' names."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Any

import rclpy
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor, TimeoutException
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from rosgraph_msgs.msg import Clock

from clap_core.robot.names import franka_names
from clap_franka.front.arm import ArmInterface
from clap_franka.front.gripper import GripperInterface
from clap_franka.front.joint_states import JointStatePublisher
from clap_franka.front.robot_state import RobotStatePublisher
from clap_franka.front.services import RobotServices
from clap_franka.front.times import NS, Periodic, to_time
from clap_ros.diagnostics import Health
from clap_ros.launcher import end_with_launcher
from clap_ros.parameters import declare
from clap_ros.spin import init_or_exit, made_or_exit
from clap_sim.franka.description import robot_description
from clap_sim.franka.driver import SimulatedArmDriver
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.realsense.config import RealSenseConfig
from clap_sim.realsense.node import RealSensePublisher
from clap_sim.referee import RefereeService
from clap_sim.scenes import scene
from clap_sim.simulation.config import SimulationConfig
from clap_sim.simulation.pacing import Pacer
from clap_sim.simulation.stepping import Stepper
from clap_sim.world import World

_SLOW = 0.9
"""Share of the wanted real-time factor below which a warning is shown."""


class StopRequest:
    """A signal handler that remembers; a lock in it could hang the thread it interrupts."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.requested = True


class SimulationNode(Node):
    """Runs physics in short batches and serves ROS between them, all on one thread.

    Simulated time waits for whatever takes long: when the machine is overloaded it runs slower
    than real time, and nothing is dropped.
    """

    def __init__(self) -> None:
        super().__init__(
            "simulation",
            # This node makes the time that it and all others live by.
            parameter_overrides=[Parameter("use_sim_time", value=True)],
        )
        self._settings = declare(self, SimulationConfig)
        camera_settings = declare(self, RealSenseConfig, prefix="cameras.")
        config = self._settings.read()
        self._world = World(scene(config.scene), config.seed)
        data = self._world.data
        self._robot = SimulatedFranka(self._world.model, data, config.franka)
        self._stepper = Stepper(self._world, self._robot)
        self._pacer = Pacer(config.real_time_factor)
        self._batch_ns = round(config.batch * NS)

        self._clock_publisher = self.create_publisher(Clock, "clock", 1)
        self._clock_due = Periodic(config.clock_rate)
        franka, hand = config.franka, self._robot.gripper
        arm = SimulatedArmDriver(self._robot, self._now_s)
        self._joints = JointStatePublisher(
            self, arm, hand, franka.gripper_name, robot_description(franka.arm_id), config.rates
        )
        self._interfaces = (
            ArmInterface(self, arm, franka.arm.feedback_rate),
            GripperInterface(self, hand, franka.gripper_name, franka.gripper),
            RobotServices(self, arm),
            self._joints,
            RobotStatePublisher(self, arm, config.robot_state_rate),
        )
        self._referee = RefereeService(self, self._world)
        hand_frame = franka_names(config.franka.arm_id).hand
        self._cameras = RealSensePublisher(self, self._world, camera_settings.read(), hand_frame)
        self._images_due = Periodic(config.camera_rate)
        self._health = Health(self, self._figures)
        self._health_due = Periodic(1.0)
        self.add_post_set_parameters_callback(self._on_parameters)
        self.get_logger().info(f"scene '{config.scene}', seed {config.seed}: the robot is ready")

    def create_publisher(self, *args: Any, **options: Any) -> Publisher:
        """As rclpy's, but without its two event handlers for each publisher.

        There are dozens of publishers, and every look at requests would go through all handlers.
        They warn of listeners whose QoS does not fit; those listeners warn of it too.
        """
        silent = PublisherEventCallbacks(use_default_callbacks=False)
        return super().create_publisher(*args, **{"event_callbacks": silent, **options})

    def run(self, executor: SingleThreadedExecutor, stop: StopRequest) -> None:
        """Simulate until told to stop."""
        while not stop.requested:
            self._stepper.advance(self._next_stop_ns())
            self._publish()
            drain(executor)
            delay_s = self._pacer.delay_s(self._stepper.now_ns / NS)
            if delay_s > 0.0:
                time.sleep(delay_s)

    def close(self) -> None:
        """Free what the graphics library holds."""
        self._cameras.close()

    def _now_s(self) -> float:
        return self._stepper.now_ns / NS

    def _next_stop_ns(self) -> int:
        """End of the next batch, which is cut short for an image that is due before."""
        return min(self._stepper.now_ns + self._batch_ns, self._images_due.next_ns)

    def _publish(self) -> None:
        now_ns = self._stepper.now_ns
        if self._clock_due.due(now_ns):
            self._clock_publisher.publish(Clock(clock=to_time(now_ns)))
        for interface in self._interfaces:
            interface.update(now_ns)
        if self._images_due.due(now_ns):
            # With the frames of the very same time, no listener has to interpolate or wait.
            self._joints.publish_frames(now_ns)
            self._cameras.publish(to_time(now_ns))
        if self._health_due.due(now_ns):
            self._report()

    def _report(self) -> None:
        wanted, achieved = self._pacer.factor, self._pacer.achieved
        refusal = self._robot.safety.refusal()
        if refusal is not None:
            self._health.warn(refusal)
        elif wanted > 0.0 and achieved < _SLOW * wanted:
            self._health.warn(
                f"simulated time runs at {achieved:.2f} of real time instead of {wanted:g}: the "
                "machine is overloaded; lower camera_rate or real_time_factor"
            )
        else:
            self._health.ok("running")

    def _figures(self) -> dict[str, object]:
        return {
            "real_time_factor": self._pacer.achieved,
            "wanted_real_time_factor": self._pacer.factor,
            "robot_mode": self._robot.mode.name,
            "simulated_time_s": self._stepper.now_ns / NS,
        }

    def _on_parameters(self, _: list[Parameter]) -> None:
        config = self._settings.read()
        self._robot.set_user_stop(config.franka.user_stop)
        if config.real_time_factor != self._pacer.factor:
            self._pacer.factor = config.real_time_factor


def drain(executor: SingleThreadedExecutor) -> None:
    """Run every callback that is ready now, without waiting."""
    try:
        while True:
            handler, _, _ = executor.wait_for_ready_callbacks(timeout_sec=0.0)
            handler()
            error = handler.exception()
            if error is not None:
                raise error
    except TimeoutException:
        return


def main() -> None:
    """Run the simulation until Ctrl-C, SIGTERM or an external shutdown."""
    stop = StopRequest()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, stop)
    end_with_launcher()
    init_or_exit()
    node = made_or_exit(SimulationNode)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        node.run(executor, stop)
    except ExternalShutdownException:
        pass
    finally:
        node.close()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
