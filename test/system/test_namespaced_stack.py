"""The whole stack in a namespace, as one of two arms runs in it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from rcl_interfaces.srv import GetParameters
from running_stack import EVENT_TIMEOUT_S, RunningStack

from clap_cli.doctor.probes import ros
from clap_cli.stack import Client
from clap_cli.stack_choice import find_stack
from clap_core.errors import ErrorCode
from clap_ros.calls import call_service

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]

LISTEN_S = 3.0
EVERYWHERE = {"/rosout", "/parameter_events"}
"""What each node of ROS publishes, wherever it is."""


@pytest.fixture(scope="module")
def left(start_stack: Callable[..., RunningStack]) -> RunningStack:
    return start_stack(namespace="left", real_time_factor="0.0", camera_rate="5.0")


def test_nothing_of_it_is_outside_its_namespace(left: RunningStack) -> None:
    node = left.stack.node
    spaces = {space for _, space in node.get_node_names_and_namespaces()}
    assert spaces == {"/left"}
    topics = {name for name, _ in node.get_topic_names_and_types()}
    services = {name for name, _ in node.get_service_names_and_types()}
    assert {
        "/left/clock",
        "/left/diagnostics",
        "/left/tf",
        "/left/tf_static",
        "/left/joint_states",
        "/left/camera/front/color/image_raw",
        "/left/scene/points",
    } <= topics
    assert "/left/fr3_arm_controller/follow_joint_trajectory/_action/send_goal" in services
    outside = {name for name in topics | services if not name.startswith("/left/")}
    assert outside <= EVERYWHERE


def test_the_shipped_parameters_reach_its_nodes(left: RunningStack) -> None:
    client = left.stack.node.create_client(GetParameters, "franka_executor/get_parameters")
    request = GetParameters.Request(names=["supervision.state_timeout_s", "use_sim_time"])
    timeout, simulated = call_service(client, request, EVENT_TIMEOUT_S).values
    assert timeout.double_value == 10.0
    assert simulated.bool_value


def test_the_doctor_finds_it_well(left: RunningStack) -> None:
    seen = ros.stack(LISTEN_S)
    assert (seen.namespace, seen.is_simulated, seen.active) == ("/left", True, "")
    assert set(seen.cameras) >= {"front", "left", "right"} and seen.lost_frames == {}
    assert seen.topics["/left/scene/points"].messages > 0


def test_it_obeys_and_is_found_without_being_named(left: RunningStack) -> None:
    with Client("seeker") as client:
        name = find_stack(client.node, None, threading.Event())
    assert name == "/left/task_executive/execute_task"
    result = left.say("pick up the red mug")
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    assert left.holds("red mug", "up")
