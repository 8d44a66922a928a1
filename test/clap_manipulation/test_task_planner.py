"""The task_planner node, over real DDS."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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


@contextmanager
def endpoint(*answers: dict[str, Any]) -> Iterator[str]:
    """The URL of an OpenAI-compatible endpoint with these answers, one after the other."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            message = {"role": "assistant", "content": json.dumps(left.pop(0))}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"choices": [{"message": message}]}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


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
    assert bench.planner.health_values()["planned_by"] == "the grammar"


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


def test_a_language_model_plans_over_ros(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configured as a person does it: the node says what it lacks, and is given it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    press = {"action": "press", "object": "button", "part": "", "relation": "", "reference": ""}
    with endpoint(
        {"subtasks": [press], "cannot": None},
        {"subtasks": [], "cannot": {"code": "IMPOSSIBLE", "reason": "no wings"}},
    ) as url:
        bench.planner.set_parameters([Parameter("backend", value="llm")])
        configured = bench.spinner.run(bench.planner.trigger_configure)
        assert configured is TransitionCallbackReturn.FAILURE
        bench.planner.set_parameters(
            [Parameter("llm.base_url", value=url), Parameter("llm.model", value="some-model")]
        )
        bench.activate()
        pressed = bench.plan("press the button")
        declined = bench.plan("fly to the moon")
    assert pressed.error_code == ErrorCode.SUCCESS
    assert [subtask.text for subtask in pressed.subtasks] == ["press the button"]
    assert declined.error_code == ErrorCode.IMPOSSIBLE and "no wings" in declined.error_msg
    assert list(declined.subtasks) == []
