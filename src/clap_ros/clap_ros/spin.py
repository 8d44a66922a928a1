"""Start a node, spin it, and end it cleanly on Ctrl-C, SIGTERM or an external shutdown."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import rclpy
from rclpy._rclpy_pybind11 import RCLError
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from clap_core.errors import ClapError, ErrorCode
from clap_ros.launcher import end_with_launcher
from clap_ros.lifecycle import ManagedNode
from clap_ros.security import is_enabled, refusal
from clap_ros.watchdog import end_when_middleware_hangs

AnyNode = TypeVar("AnyNode", bound=Node)

END_TIMEOUT_S = 12.0
"""How long a node may take to end after a signal: halting a goal takes up to half of it."""

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


def run_node(make_node: Callable[[], Node]) -> None:
    """The body of a node's ``main``.

    A signal first lets a ManagedNode halt while its executor still spins: a moving arm is stopped
    by talking to its controller, which a dead executor cannot do. Then it releases what it holds.
    A process whose middleware hangs ends itself, see ``watchdog``.
    The death of the process that started this one (``ros2 launch``, say) counts as such a signal.

    Args:
        make_node: makes the node once rclpy is initialised.

    Raises:
        SystemExit: status 1 when the node could not be made; the reason is on stderr.
    """
    signalled = _signal_pipe()
    end_with_launcher()
    init_or_exit()
    node = made_or_exit(make_node)
    end_when_middleware_hangs(node.get_fully_qualified_name())
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    ended = threading.Event()

    def finish() -> None:
        if isinstance(node, ManagedNode):
            node.release()
        ended.set()

    def watch() -> None:
        os.read(signalled, 1)
        end_at_the_latest(END_TIMEOUT_S)
        if isinstance(node, ManagedNode):
            node.halt()
        executor.create_task(finish)

    threading.Thread(target=watch, name="signals", daemon=True).start()
    try:
        while not ended.is_set():
            executor.spin_once()
    except ExternalShutdownException:
        pass
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()


def init_or_exit() -> None:
    """Initialise rclpy with the process's arguments and without its signal handlers.

    Raises:
        SystemExit: status 1 where security is asked for and cannot be had; the reason is on stderr.
    """
    try:
        rclpy.init(args=sys.argv, signal_handler_options=SignalHandlerOptions.NO)
    except RCLError as error:
        _exit_if_insecure(error)
        raise


def _exit_if_insecure(error: RCLError) -> None:
    if is_enabled():
        why = refusal(str(error))
        rclpy.try_shutdown()
        raise SystemExit(f"{why.code.name}: {why.message}") from None


def made_or_exit(make_node: Callable[[], AnyNode]) -> AnyNode:
    """The node, or the end of this process with the reason in one line.

    Raises:
        SystemExit: status 1 when the node could not be made; the reason is on stderr.
    """
    try:
        return make_node()
    except RCLError as error:
        _exit_if_insecure(error)
        raise
    except ClapError as error:
        problem = error
    except InvalidParameterTypeException as error:  # rclpy's own ones, as use_sim_time
        problem = ClapError(
            ErrorCode.INVALID_REQUEST,
            str(error),
            "Correct it in the launch's arguments or in the parameter file; use_sim_time is true "
            "or false",
        )
    rclpy.try_shutdown()
    raise SystemExit(f"{problem.code.name}: {problem.message}")


def end_at_the_latest(seconds: float) -> None:
    """End the process hard if it has not ended by then, e.g. hung in the middleware."""
    guard = threading.Timer(seconds, os._exit, args=(1,))
    guard.daemon = True
    guard.start()


def _signal_pipe() -> int:
    """A file descriptor that becomes readable when the process is asked to end.

    The interpreter writes to it at once, even while the main thread waits inside rclpy and
    could not run a Python signal handler.
    """
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for ending in _ENDINGS:
        signal.signal(ending, lambda *_: None)
    return readable
