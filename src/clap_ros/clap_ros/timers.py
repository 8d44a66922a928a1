"""Timers that no clock of ROS holds up."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.timer import Timer


def steady_timer(node: Node, period_s: float, callback: Callable[[], None]) -> Timer:
    """A timer on the computer's steady clock.

    On the node's clock it would not come while a simulation stands still, nor for as long as the
    computer's clock was set back.

    Args:
        node: whose executor calls it.
        period_s: between two calls, seconds.
        callback: what is called.
    """
    return node.create_timer(period_s, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))
