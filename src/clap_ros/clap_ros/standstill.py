"""Notices that a node's executor stood still while something was going on."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_ros.timers import steady_timer

LOOK_PERIOD_S = 0.1

STANDSTILL_S = 4.0
"""A pause this long is a standstill. By then others take the node for dead and have gone on without
it: the lease in config/fastdds.xml is as long."""


class Standstill:
    """Looks, from its making until `end`, whether the executor goes on.

    A process that was stopped (SIGSTOP, a suspended computer, a machine without memory) goes on
    where it was, as if nothing had happened. Meanwhile nobody watched what it moves, and nobody
    waits any more for what it would do next.

    Args:
        node: whose executor it is.
        found: called once, on that executor, with what happened.
    """

    def __init__(self, node: Node, found: Callable[[ClapError], None]) -> None:
        self._node = node
        self._found = found
        self._looked_at = time.monotonic()
        self._timer = steady_timer(node, LOOK_PERIOD_S, self._look)

    def end(self) -> None:
        """Stop looking."""
        self._node.destroy_timer(self._timer)

    def _look(self) -> None:
        now = time.monotonic()
        pause_s, self._looked_at = now - self._looked_at, now
        if pause_s > STANDSTILL_S:
            self._timer.cancel()
            self._found(
                ClapError(
                    ErrorCode.TIMEOUT,
                    f"{self._node.get_fully_qualified_name()} stood still for {pause_s:.0f} s, so "
                    "what it was doing is ended",
                    "Its process was stopped, or the machine is overloaded; send it again",
                )
            )
