"""The lifecycle_manager's process: it ends after its nodes, in order."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import rclpy
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor

from clap_bringup.lifecycle_manager.node import LifecycleManager
from clap_ros.launcher import end_with_launcher
from clap_ros.spin import end_at_the_latest, init_or_exit, made_or_exit
from clap_ros.watchdog import end_when_middleware_hangs

_SPIN_S = 0.1

_LEAVE_S = 3.0
"""How long leaving the graph may take, once the nodes are down or their time is over."""


def main() -> None:
    """Run the node until a signal, then deactivate the nodes in reverse order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    end_with_launcher()
    init_or_exit()
    node = made_or_exit(LifecycleManager)
    end_when_middleware_hangs(node.get_fully_qualified_name())
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        spin_until(executor, stop.is_set)
        end_at_the_latest(node.shutdown_timeout + _LEAVE_S)
        node.bring_down()
        deadline = time.monotonic() + node.shutdown_timeout
        spin_until(executor, lambda: node.is_down or time.monotonic() > deadline)
    except ExternalShutdownException:
        pass
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()


def spin_until(executor: Executor, finished: Callable[[], bool]) -> None:
    """Spin until the condition holds, which is looked at once a callback and every `_SPIN_S`.

    rclpy's executors count that on a steady clock: neither a jump of the computer's clock nor
    simulated time that stands still keeps the condition from being looked at.
    """
    while not finished():
        executor.spin_once(timeout_sec=_SPIN_S)
