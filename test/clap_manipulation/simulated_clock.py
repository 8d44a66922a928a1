"""A /clock that jumps, for a node that takes its time from it."""

from __future__ import annotations

import threading
import time

from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

DEADLINE_S = 20.0
NS_PER_S = 10**9
PERIOD_S = 0.02


class SimulatedClock:
    """Tells a node the time; it stands still but for jumps.

    Args:
        publisher_node: that publishes /clock.
        listener: whose clock it is; not active yet, as an active node keeps its parameters.
    """

    def __init__(self, publisher_node: Node, listener: Node) -> None:
        self._listener = listener
        self._publisher = publisher_node.create_publisher(Clock, "/clock", 10)
        (result,) = listener.set_parameters([Parameter("use_sim_time", value=True)])
        assert result.successful, result.reason

    def jump(self, to_s: int) -> None:
        """Set the time, in seconds, and wait until the node has heard it."""
        message = Clock()
        message.clock.sec = to_s
        deadline = time.monotonic() + DEADLINE_S
        pause = threading.Event()
        while self._listener.get_clock().now().nanoseconds != to_s * NS_PER_S:
            assert time.monotonic() < deadline, "the time was not heard"
            self._publisher.publish(message)  # best effort: one alone may be lost
            pause.wait(PERIOD_S)
