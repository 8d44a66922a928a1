"""An active task_executive among scripted neighbours, over real DDS."""

from __future__ import annotations

import gc
import threading
from typing import Any

import rclpy
from fake_stack import DEADLINE_S, OPEN_M, FakeStack, Spinner, start_ros, wait_until
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.parameter import Parameter
from simulated_clock import SimulatedClock

from clap_manipulation.task_executive.node import TaskExecutive
from clap_msgs.action import ExecuteTask
from clap_ros.calls import run_action

PUT = "put the red mug next to the plate"
PUT_MOTIONS = [
    "approach the red mug",
    "grasp the red mug",
    "move the red mug next to the plate",
    "release the red mug",
]


class Bench:
    """An active executive among scripted neighbours, and a client to talk to it.

    Args:
        with_executor: whether there is an executor.
        width_m: opening of the fingers.
        simulated_clock: whether the executive's clock is /clock, which the client publishes.
    """

    def __init__(
        self, with_executor: bool = True, width_m: float = OPEN_M, simulated_clock: bool = False
    ) -> None:
        start_ros()
        self.stack = FakeStack(with_executor)
        self.stack.width_m = width_m
        self.executive = TaskExecutive()
        self.node = Node("test_client")
        self.client = ActionClient(self.node, ExecuteTask, "/task_executive/execute_task")
        self.feedback: list[Any] = []
        self.executive.set_parameters([Parameter("server_timeout_s", value=1.0)])
        self.clock = SimulatedClock(self.node, self.executive) if simulated_clock else None
        self.executive.trigger_configure()
        self.executive.trigger_activate()
        self.spinner = Spinner(self.stack, self.executive, self.node)
        remote = self.executive._neighbours.value.remote
        wait_until(remote.recover.server_is_ready, "the recovery is there")
        if with_executor:
            wait_until(remote.execute.server_is_ready, "the executor is there")

    def say(
        self, instruction: str, cancelled: threading.Event | None = None
    ) -> tuple[int, ExecuteTask.Result]:
        """Send a sentence and wait for the end; with `cancelled` set, the goal is cancelled."""
        return run_action(
            self.client,
            ExecuteTask.Goal(instruction=instruction),
            DEADLINE_S,
            on_feedback=self.feedback.append,
            stop_early=cancelled,
        )

    def close(self) -> None:
        self.spinner.run(self.executive.release)
        self.client.destroy()
        self.spinner.close()
        rclpy.try_shutdown()
        gc.collect()
