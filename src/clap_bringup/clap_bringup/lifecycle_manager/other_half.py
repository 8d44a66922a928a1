"""The other computer's half of the stack, as seen from this one."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_ros.names import full_name

HALF_IS_ACTIVE = "half_is_active"
"""Service of each manager that has another half beside it: whether its own nodes are active."""


class OtherHalf:
    """Asks the other half's manager again and again whether its nodes are active.

    Nothing is asked of it but that: each half's nodes are its own manager's business, so that a
    network that fails takes no node down.

    Args:
        node: for the client.
        manager: name of the other half's manager.
        patience_s: without an answer for so long it counts as lost.
        start_timeout_s: how long it may take to appear.
        now_s: the present, on a monotonic clock as all times here.
    """

    def __init__(
        self, node: Node, manager: str, patience_s: float, start_timeout_s: float, now_s: float
    ) -> None:
        self._name = full_name(node, manager)
        self._patience_s = patience_s
        self._expected_s = now_s + start_timeout_s
        self._client = node.create_client(Trigger, f"{self._name}/{HALF_IS_ACTIVE}")
        self._asked: Future | None = None
        self._asked_s = now_s
        self._answer: Trigger.Response | None = None
        self._answered_s = now_s
        self._was_there = False

    @property
    def is_active(self) -> bool:
        """Whether all of its nodes are active, as far as was heard."""
        return self._answer is not None and bool(self._answer.success)

    @property
    def state(self) -> str:
        """What is known of it, in words."""
        if self._answer is None:
            return "lost" if self._was_there else "not seen yet"
        return str(self._answer.message)

    def look(self, now_s: float) -> None:
        """Take the answer that has come, and ask again; does not wait."""
        if self._asked is not None and self._asked.done():
            self._answer, self._answered_s = self._asked.result(), now_s
            self._was_there = True
            self._asked = None
        is_there = self._client.service_is_ready()
        if not is_there or now_s - self._answered_s > self._patience_s:
            self._answer = None
        if self._asked is not None and (not is_there or now_s - self._asked_s > self._patience_s):
            self._client.remove_pending_request(self._asked)
            self._asked = None
        if self._asked is None and is_there:
            self._asked, self._asked_s = self._client.call_async(Trigger.Request()), now_s

    def problem(self, now_s: float) -> ClapError | None:
        """Why the stack is only half there, or None."""
        if self._answer is None:
            if not self._was_there and now_s < self._expected_s:
                return None
            what = "was lost" if self._was_there else "did not appear"
            return ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"the other computer's half of the stack {what}: nothing is heard of {self._name}",
                "Look whether its launch runs there (computer:=thinking or computer:=robot), "
                "whether the cable is in (`ping`), and whether both have the same ROS_DOMAIN_ID "
                "and discovery:=SUBNET; this half goes on as soon as the other is back",
            )
        if not self._answer.success:
            return ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"the other computer's half of the stack is not active: {self._answer.message}",
                f"Look at the output of its launch and at {self._name} on /diagnostics",
            )
        return None
