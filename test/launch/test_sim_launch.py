"""The simulation launch under the real launch: comes up, obeys, ends cleanly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import launch_pytest
import pytest
import rclpy
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource
from launch_pytest.tools import process as process_tools
from lifecycle_msgs.srv import GetState
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2
from std_srvs.srv import Trigger

import launch
from clap_msgs.action import ExecuteTask

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "sim.launch.yaml"
START_S = 90.0
TASK_S = 180.0
MANAGED = (
    "cloud_fusion", "task_planner", "keypoint", "encoder", "policy", "franka_executor",
    "task_executive",
)  # fmt: skip
ACTIVE = 3

assert process_tools  # the module is part of what launch_pytest promises


@launch_pytest.fixture(scope="module")
def stack() -> launch.LaunchDescription:
    """The stack as a user starts it, as fast as the machine allows."""
    arguments = {"seed": "1", "real_time_factor": "0.0", "camera_rate": "5.0"}
    return launch.LaunchDescription(
        [
            IncludeLaunchDescription(
                AnyLaunchDescriptionSource(str(LAUNCH_FILE)), launch_arguments=arguments.items()
            ),
            launch_pytest.actions.ReadyToTest(),
        ]
    )


class Client:
    """A node of the test, spun while it waits."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("launch_test", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            self.executor.spin_once(timeout_sec=0.1)

    def finish(self, future: Any, seconds: float, what: str) -> Any:
        self.until(future.done, seconds, what)
        return future.result()

    def call(self, kind: type, name: str, seconds: float) -> Any:
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready, seconds, f"{name} is there")
        return self.finish(client.call_async(kind.Request()), seconds, f"{name} answers")

    def until_active(self) -> None:
        self.until(
            lambda: self.call(Trigger, "/lifecycle_manager/is_active", START_S).success,
            START_S,
            "all nodes are active",
        )


@pytest.fixture
def client() -> Iterator[Client]:
    it = Client()
    yield it
    it.executor.shutdown()
    it.node.destroy_node()
    it.context.try_shutdown()


@pytest.mark.timeout(300)
@pytest.mark.launch(fixture=stack)
def test_all_nodes_become_active(client: Client) -> None:
    client.until_active()
    for name in MANAGED:
        state = client.call(GetState, f"/{name}/get_state", START_S).current_state
        assert state.id == ACTIVE, f"{name} is {state.label}"
    assert {*MANAGED, "simulation", "lifecycle_manager"} <= set(client.node.get_node_names())


@pytest.mark.timeout(300)
@pytest.mark.launch(fixture=stack)
def test_clouds_arrive_in_the_base_frame(client: Client) -> None:
    client.until_active()
    clouds: list[PointCloud2] = []
    client.node.create_subscription(PointCloud2, "/scene/points", clouds.append, 10)
    client.until(lambda: bool(clouds), START_S, "a fused cloud")
    assert clouds[0].header.frame_id == "base"
    assert clouds[0].width > 0


@pytest.mark.timeout(400)
@pytest.mark.launch(fixture=stack)
def test_a_task_is_carried_out(client: Client) -> None:
    client.until_active()
    action = ActionClient(client.node, ExecuteTask, "/task_executive/execute_task")
    client.until(action.server_is_ready, START_S, "the executive")
    goal = ExecuteTask.Goal(instruction="put the red mug next to the plate")
    handle = client.finish(action.send_goal_async(goal), START_S, "the goal is accepted")
    assert handle.accepted
    result = client.finish(handle.get_result_async(), TASK_S, "the task ends").result
    assert result.error_code == 0, result.error_msg


@pytest.mark.timeout(120)
@pytest.mark.launch(fixture=stack, shutdown=True)
def test_everything_ends_by_itself(client: Client) -> None:
    """After the shutdown nothing of the stack is left in the graph."""
    client.until(
        lambda: not set(MANAGED) & set(client.node.get_node_names()), 60.0, "all nodes are gone"
    )
