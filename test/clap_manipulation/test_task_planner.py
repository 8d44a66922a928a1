"""The task_planner node, over real DDS."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import rclpy
from fake_stack import DEADLINE_S, Spinner, start_ros
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

from clap_core.errors import ErrorCode
from clap_manipulation.task_planner.node import TaskPlanner
from clap_msgs.msg import Plan
from clap_msgs.srv import PlanTask
from clap_ros.calls import call_service

INSTRUCTION = "put the red mug next to the plate"


class Bench:
    """A planner node and a client."""

    def __init__(self) -> None:
        start_ros()
        self.planner = TaskPlanner()
        self.node = Node("test_client")
        self.client = self.node.create_client(PlanTask, "/task_planner/plan")
        self.spinner = Spinner(self.planner, self.node)

    def activate(self) -> None:
        assert self.spinner.run(self.planner.trigger_configure) is TransitionCallbackReturn.SUCCESS
        assert self.spinner.run(self.planner.trigger_activate) is TransitionCallbackReturn.SUCCESS

    def plan(self, instruction: str) -> PlanTask.Response:
        return call_service(self.client, PlanTask.Request(instruction=instruction), DEADLINE_S)

    def close(self) -> None:
        self.spinner.close()
        rclpy.try_shutdown()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_plans_and_publishes_the_plan_for_late_viewers(bench: Bench) -> None:
    bench.activate()
    response = bench.plan(INSTRUCTION)
    assert response.error_code == ErrorCode.SUCCESS
    assert [subtask.action for subtask in response.subtasks] == [
        "approach",
        "grasp",
        "move",
        "release",
    ]
    assert (response.subtasks[2].relation, response.subtasks[2].reference) == ("next_to", "plate")

    plans: list[Plan] = []
    heard = threading.Event()
    bench.node.create_subscription(
        Plan,
        "/task_planner/plan_result",
        lambda plan: (plans.append(plan), heard.set()),
        QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
    )
    assert heard.wait(DEADLINE_S)
    assert plans[0].instruction == INSTRUCTION
    assert plans[0].subtasks == response.subtasks


def test_an_error_comes_with_its_cure(bench: Bench) -> None:
    bench.activate()
    response = bench.plan("fly to the moon")
    assert response.error_code == ErrorCode.IMPOSSIBLE
    assert "fly to the moon" in response.error_msg
    assert list(response.subtasks) == []
    assert bench.plan(INSTRUCTION).error_code == ErrorCode.SUCCESS


def test_an_inactive_node_says_so(bench: Bench) -> None:
    response = bench.plan(INSTRUCTION)
    assert response.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "activate" in response.error_msg


def test_an_unknown_backend_is_refused_and_can_be_corrected(bench: Bench) -> None:
    bench.planner.set_parameters([Parameter("backend", value="oracle")])
    assert bench.spinner.run(bench.planner.trigger_configure) is TransitionCallbackReturn.FAILURE
    bench.planner.set_parameters([Parameter("backend", value="baseline")])
    bench.activate()
    assert bench.plan(INSTRUCTION).error_code == ErrorCode.SUCCESS
