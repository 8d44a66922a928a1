"""A program's node leaves the graph whole."""

from __future__ import annotations

import gc
import time
from typing import Any

from rclpy.action import ActionClient

from clap_cli.stack import Client
from clap_msgs.action import ExecuteTask
from clap_ros.goals import WorkerActionServer

DEADLINE_S = 20.0
SEND_GOAL = "/task/_action/send_goal"


def eventually_served_by(client: Client, count: int) -> bool:
    deadline = time.monotonic() + DEADLINE_S
    while client.node.count_services(SEND_GOAL) != count:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def never_called(*_: Any) -> ExecuteTask.Result:
    raise AssertionError


def test_the_actions_that_it_served_are_gone_with_it() -> None:
    serving = Client("serving")
    server = WorkerActionServer(serving.node, ExecuteTask, "/task", never_called)
    asking = ActionClient(serving.node, ExecuteTask, "/task")
    with Client("looking") as looking:
        assert eventually_served_by(looking, 1)
        gc.disable()  # collected, they are gone in any case
        try:
            serving.close()
            assert eventually_served_by(looking, 0)
        finally:
            gc.enable()
    del server, asking
