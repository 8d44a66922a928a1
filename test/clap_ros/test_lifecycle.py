"""What any client may ask of a managed node's life cycle."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from clap_ros.lifecycle import ManagedNode

DEADLINE_S = 20.0


class Place:
    """A managed node and a client, spun in the test's own thread."""

    def __init__(self) -> None:
        self.executor = SingleThreadedExecutor()
        self.node = ManagedNode("sample")
        self.client_node = Node("client")
        self.executor.add_node(self.node)
        self.executor.add_node(self.client_node)
        self.client = self.client_node.create_client(ChangeState, "/sample/change_state")

    def change(self, transition: Transition) -> bool:
        deadline = time.monotonic() + DEADLINE_S
        while not self.client.service_is_ready():
            assert time.monotonic() < deadline
            self.executor.spin_once(timeout_sec=0.05)
        future = self.client.call_async(ChangeState.Request(transition=transition))
        while not future.done():
            assert time.monotonic() < deadline
            self.executor.spin_once(timeout_sec=0.05)
        return bool(future.result().success)


@pytest.fixture
def place() -> Iterator[Place]:
    rclpy.init()
    it = Place()
    yield it
    it.executor.shutdown()
    it.client_node.destroy_node()
    it.node.destroy_node()
    rclpy.try_shutdown()


@pytest.mark.parametrize(
    "wrong",
    [
        Transition(id=Transition.TRANSITION_ACTIVATE),
        Transition(id=Transition.TRANSITION_CALLBACK_SUCCESS),
        Transition(id=255),
        Transition(label="activate"),
        Transition(label="fly", id=Transition.TRANSITION_CONFIGURE),
    ],
    ids=str,
)
def test_a_transition_that_the_state_does_not_have_is_refused_and_the_node_lives(
    place: Place, wrong: Transition
) -> None:
    assert not place.change(wrong)
    assert place.change(Transition(id=Transition.TRANSITION_CONFIGURE))
    assert place.change(Transition(label="activate"))
    assert place.node.is_active
    assert not place.change(wrong)
    assert place.change(Transition(id=Transition.TRANSITION_ACTIVE_SHUTDOWN))
    assert not place.change(Transition(id=Transition.TRANSITION_CONFIGURE))
