"""A running stack for programs: start a launch file, wait until it is active, end it cleanly."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import rclpy
from rclpy._rclpy_pybind11 import RCLError
from rclpy.action import ActionClient, ActionServer
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from clap_core.errors import ClapError, ErrorCode
from clap_launch import Console, Event, Launch, OutputLine, ProcessExited
from clap_ros.calls import call_service
from clap_ros.names import full_name
from clap_ros.security import OPERATOR, is_enabled, refusal

ACTIVE_TIMEOUT_S = 180.0
ANSWER_TIMEOUT_S = 2.0
POLL_S = 0.2
IS_ACTIVE = "lifecycle_manager/is_active"

_Stack = TypeVar("_Stack", bound="LaunchedStack")


class Client:
    """A node of one's own that spins in the background, for talking to a running stack.

    Args:
        name: of the node.
        use_sim_time: whether its clock follows the stack's.
        namespace: of the stack, as ``left`` or ``/left``: relative names are there, and its clock.

    Raises:
        ClapError: INVALID_REQUEST where security is asked for and cannot be had.
    """

    def __init__(self, name: str, use_sim_time: bool = False, namespace: str = "") -> None:
        self._context = rclpy.Context()
        try:
            self.node = self._made_node(name, use_sim_time, namespace)
        except RCLError as error:
            rclpy.try_shutdown(context=self._context)
            if is_enabled():
                raise refusal(str(error)) from None
            raise
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, name=name, daemon=True)
        self._thread.start()

    def _made_node(self, name: str, use_sim_time: bool, namespace: str) -> Node:
        key = ["--ros-args", "--enclave", OPERATOR] if is_enabled() else None
        rclpy.init(args=key, context=self._context)
        prefix = f"/{namespace.strip('/')}".rstrip("/")
        return Node(
            name,
            context=self._context,
            namespace=prefix,
            # rclpy listens to /clock wherever a node is.
            cli_args=["--ros-args", "-r", f"/clock:={prefix}/clock"] if prefix else None,
            parameter_overrides=[Parameter("use_sim_time", value=use_sim_time)],
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop spinning, then leave the graph."""
        if self._ended.is_set():
            return
        # As a task: only work makes `spin_once` return.
        self._executor.create_task(self._ended.set)
        self._thread.join()
        self._executor.shutdown()
        # The node forgets them, and they would be served until Python collects them.
        for action in list(self.node.waitables):
            if isinstance(action, ActionServer | ActionClient):
                action.destroy()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def _spin(self) -> None:
        try:
            while not self._ended.is_set():
                self._executor.spin_once()
        except ExternalShutdownException:
            pass


class LaunchedStack:
    """A stack of a launch file, running while the ``with`` block does.

    Args:
        launch_file: its name, as ``robot``.
        arguments: launch arguments.
        log: file that receives the output of all processes.
        use_sim_time: whether the stack's time is a simulation's.

    Attributes:
        namespace: what the arguments say of it; empty for none.
    """

    def __init__(
        self, launch_file: str, arguments: Mapping[str, object], log: Path, use_sim_time: bool
    ) -> None:
        self.log = log
        self.namespace = str(arguments.get("namespace", ""))
        self.launch = Launch(launch_file, arguments, on_event=self._write)
        self._use_sim_time = use_sim_time
        self._log_stream = log.open("w")
        self._console = Console(self.launch.description, self._log_stream, colour=False)
        self._client: Client | None = None
        self._last_line: dict[str, str] = {}
        self._cause = "no process failed"
        self.deaths: list[str] = []
        """Labels of the processes that ended though nobody asked them to, one for each time."""

    def __enter__(self: _Stack) -> _Stack:
        self.launch.start()
        try:
            self._client = Client("clap_command", self._use_sim_time, self.namespace)
            self.wait_until_active()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def node(self) -> Node:
        """A spinning node for calls to the stack, in its namespace."""
        if self._client is None:
            raise RuntimeError("the stack is not running")
        return self._client.node

    def wait_until_active(self) -> None:
        """Wait until the lifecycle manager says that every node is active.

        Raises:
            ClapError: NODE_UNAVAILABLE, naming the log to read.
        """
        deadline = time.monotonic() + ACTIVE_TIMEOUT_S
        client = self.node.create_client(Trigger, full_name(self.node, IS_ACTIVE))
        reason = "it never answered"
        pause = threading.Event()
        while time.monotonic() < deadline:
            if not self.launch.running:
                raise ClapError(
                    ErrorCode.NODE_UNAVAILABLE,
                    f"the stack ended while it started; {self._cause}",
                    f"More is in {self.log}",
                )
            try:
                answer = call_service(client, Trigger.Request(), ANSWER_TIMEOUT_S)
            except ClapError as error:
                reason = error.reason
                continue
            if answer.success:
                self.node.destroy_client(client)
                return
            reason = answer.message
            pause.wait(POLL_S)
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"the stack did not become active within {ACTIVE_TIMEOUT_S:.0f} s: {reason}",
            f"Read {self.log} for the reason",
        )

    def _stop(self) -> None:
        if self._client is not None:
            self._client.close()
        self.launch.shutdown()
        self._log_stream.close()

    def _write(self, event: Event) -> None:
        self._console.print(event)
        if isinstance(event, OutputLine):
            self._last_line[event.label] = event.text
        elif isinstance(event, ProcessExited) and event.return_code and not event.expected:
            self._cause = f"{event.label}: {self._last_line.get(event.label, 'died')}"
        if isinstance(event, ProcessExited) and not event.expected:
            self.deaths.append(event.label)


class SimulatedStack(LaunchedStack):
    """The simulated stack, ``sim.launch.yaml``.

    Args:
        arguments: launch arguments.
        log: file that receives the output of all processes.
    """

    def __init__(self, arguments: Mapping[str, object], log: Path) -> None:
        super().__init__("sim", arguments, log, use_sim_time=True)
