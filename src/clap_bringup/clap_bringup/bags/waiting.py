"""What a replay waits for before it begins: active nodes and subscribers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_ros.names import full_name

IS_ACTIVE = "lifecycle_manager/is_active"
ACTIVE_TIMEOUT_S = 120.0
"""As long as nodes may take to load models on a slow machine."""

_ANSWER_TIMEOUT_S = 2.0
_MATCH_DEADLINE_S = 10.0
_MATCH_QUIET_S = 0.5
_POLL_S = 0.02


def wait_until_active(node: Node, stop: threading.Event, meanwhile: Callable[[], object]) -> None:
    """Wait until the lifecycle manager says that all nodes are active.

    Args:
        node: in no executor.
        stop: ends the wait.
        meanwhile: called again and again.

    Raises:
        ClapError: NODE_UNAVAILABLE, with what the manager said last.
    """
    client = node.create_client(Trigger, IS_ACTIVE)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    deadline = time.monotonic() + ACTIVE_TIMEOUT_S
    name = full_name(node, IS_ACTIVE)
    said = f"nobody serves {name}"
    try:
        while not stop.wait(_POLL_S):
            meanwhile()
            if client.service_is_ready():
                answer = client.call_async(Trigger.Request())
                executor.spin_until_future_complete(answer, _ANSWER_TIMEOUT_S)
                if answer.done() and answer.result().success:
                    return
                said = answer.result().message if answer.done() else f"{name} is silent"
            if time.monotonic() > deadline:
                raise ClapError(
                    ErrorCode.NODE_UNAVAILABLE,
                    f"the nodes were not active within {ACTIVE_TIMEOUT_S:.0f} s: {said}",
                    "Look at their output, or replay without --wait-until-active",
                )
    finally:
        executor.remove_node(node)
        executor.shutdown()
        node.destroy_client(client)


def wait_for_subscribers(
    node: Node,
    publishers: Mapping[str, Publisher],
    needed: Collection[str],
    stop: threading.Event,
) -> None:
    """Give running nodes the time to discover publishers; there may be none.

    Args:
        node: of the publishers.
        publishers: by topic.
        needed: topics that must have a subscriber.
        stop: ends the wait.

    Raises:
        ClapError: NODE_UNAVAILABLE, where a topic of `needed` stays without subscriber.
    """
    deadline = time.monotonic() + _MATCH_DEADLINE_S
    quiet_since = time.monotonic()
    before: dict[str, int] = {}
    while not stop.wait(_POLL_S):
        matched = {topic: item.get_subscription_count() for topic, item in publishers.items()}
        alone = [topic for topic in needed if not matched.get(topic)]
        half = any(count < node.count_subscribers(topic) for topic, count in matched.items())
        now = time.monotonic()
        if matched != before or half or alone:
            before, quiet_since = matched, now
        if now - quiet_since > _MATCH_QUIET_S:
            return
        if now > deadline:
            if not alone:
                return
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"nobody subscribes to {', '.join(alone)}",
                "Start the node that is to hear it first, or do not wait for it",
            )
