"""A node that asks another one for something and goes, as each call of a `ros2` tool does."""

from __future__ import annotations

import os
import subprocess
import sys

import rclpy
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node

ANSWERED, UNANSWERED = 0, 3
_ABRUPT = "--abrupt"
_SLACK_S = 60.0
"""How much longer than its wait a process may take to start and to leave, on a busy machine."""


def ask(target: str, timeout_s: float, abrupt: bool = False) -> bool:
    """Start a short-lived node, in a process of its own, that asks another for a parameter.

    Args:
        target: full name of the node to ask.
        timeout_s: how long that may take to be found and to answer.
        abrupt: whether the node dies instead of leaving the graph.

    Returns:
        Whether the other node answered.
    """
    command = [sys.executable, "-m", __name__, target, str(timeout_s)]
    try:
        done = subprocess.run(
            [*command, _ABRUPT] if abrupt else command,
            check=False,
            timeout=timeout_s + _SLACK_S,
            stdout=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == ANSWERED


def _main(target: str, timeout_s: float, abrupt: bool) -> int:
    rclpy.init()
    node = Node(f"short_lived_{os.getpid()}")
    client = node.create_client(GetParameters, f"{target}/get_parameters")
    answered = False
    if client.wait_for_service(timeout_s):
        answer = client.call_async(GetParameters.Request(names=["use_sim_time"]))
        rclpy.spin_until_future_complete(node, answer, timeout_sec=timeout_s)
        answered = answer.done()
    status = ANSWERED if answered else UNANSWERED
    if abrupt:
        os._exit(status)
    node.destroy_node()
    rclpy.shutdown()
    return status


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], float(sys.argv[2]), _ABRUPT in sys.argv))
