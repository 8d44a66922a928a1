"""A running simulated stack, and how the tests speak to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rclpy.action import ActionClient
from sensor_msgs.msg import JointState

from clap_cli.stack import SimulatedStack
from clap_msgs.action import ExecuteTask
from clap_msgs.srv import CheckRelation
from clap_ros.calls import call_service, run_action
from clap_ros.names import full_name

TASK_TIMEOUT_S = 240.0
EVENT_TIMEOUT_S = 60.0
STILL_RAD_S = 0.02
"""Joints slower than this stand still."""


@dataclass
class Joints:
    """Joint states as they come: (simulated time [s], velocities of the arm [rad/s])."""

    samples: list[tuple[float, list[float]]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, message: JointState) -> None:
        arm = [v for n, v in zip(message.name, message.velocity, strict=True) if "_joint" in n][:7]
        stamp = message.header.stamp
        with self.changed:
            self.samples.append((stamp.sec + stamp.nanosec * 1e-9, arm))
            self.changed.notify_all()

    def wait(self, condition: Callable[[float, list[float]], bool]) -> float:
        """Simulated time of the first sample from now on that fulfils the condition."""
        with self.changed:
            seen = len(self.samples)
            found: list[float] = []

            def look() -> bool:
                nonlocal seen
                while seen < len(self.samples):
                    if condition(*self.samples[seen]):
                        found.append(self.samples[seen][0])
                        return True
                    seen += 1
                return False

            assert self.changed.wait_for(look, EVENT_TIMEOUT_S), "the joints never got there"
            return found[0]


class RunningStack:
    """A stack in simulation, with the calls that the tests make."""

    def __init__(self, stack: SimulatedStack) -> None:
        self.stack = stack
        node = stack.node
        task = full_name(node, "task_executive/execute_task")
        self.task = ActionClient(node, ExecuteTask, task)
        self.joints = Joints()
        self._relation = node.create_client(CheckRelation, "simulation/check_relation")
        node.create_subscription(JointState, "franka/joint_states", self.joints.add, 10)

    def say(
        self,
        instruction: str,
        cancelled: threading.Event | None = None,
        on_feedback: Callable[[Any], None] | None = None,
    ) -> ExecuteTask.Result:
        """Send an instruction and wait for its end."""
        _, result = run_action(
            self.task,
            ExecuteTask.Goal(instruction=instruction),
            TASK_TIMEOUT_S,
            cancelled,
            on_feedback,
        )
        return result

    def assert_still(self, since: int = 0) -> None:
        """No joint has moved in the samples from number `since` on, of which there are some."""
        self.joints.wait(lambda *_: True)
        fastest = [max(map(abs, velocities)) for _, velocities in self.joints.samples[since:]]
        assert fastest, "no joint states came"
        assert max(fastest) < STILL_RAD_S

    def holds(self, object: str, relation: str, reference: str = "") -> bool:
        """Ask the referee."""
        answer = call_service(
            self._relation,
            CheckRelation.Request(object=object, relation=relation, reference=reference),
            EVENT_TIMEOUT_S,
        )
        assert answer.error_code == 0, answer.error_msg
        return bool(answer.success)
