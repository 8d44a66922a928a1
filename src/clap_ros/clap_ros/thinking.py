"""Lets a backend think beside the node's executor, with a deadline and an end from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.task import Future

from clap_core.errors import ClapError, ErrorCode
from clap_ros.timers import steady_timer


class Thinking:
    """Runs a backend's work on a thread of its own, one request after the other.

    Meanwhile the node answers its lifecycle manager and everybody else. Python cannot end a
    thread: work that passes its deadline is given up, what it still says is dropped, and further
    requests are refused until it ends or the node is cleaned up and configured again, which makes
    another backend.

    Args:
        node: whose executor goes on with the answer.
        what: of the backend, for messages.
        deadline_s: longest time for one request, wall clock.
    """

    def __init__(self, node: Node, what: str, deadline_s: float) -> None:
        self._node = node
        self._what = what
        self._deadline_s = deadline_s
        self._turn = threading.Lock()
        self._waiting: list[Future] = []
        self._began_s: float | None = None
        self._hung = False

    @property
    def busy_s(self) -> float:
        """How long the present work has taken, seconds; 0 when there is none."""
        began_s = self._began_s
        return 0.0 if began_s is None else time.monotonic() - began_s

    async def run(self, work: Callable[[], Any]) -> Any:
        """What `work` returns or raises; await it in a callback of the node.

        Raises:
            ClapError: TIMEOUT past the deadline, BUSY while earlier work hangs, and what
                `stop` says.
        """
        if self._hung:
            raise ClapError(
                ErrorCode.BUSY,
                f"{self._what} has not come back for {self.busy_s:.0f} s",
                f"Clean up and configure {self._node.get_fully_qualified_name()} again, or restart "
                "it",
            )
        answer: Future = Future()
        self._waiting.append(answer)
        timer = steady_timer(self._node, self._deadline_s, lambda: self._give_up(answer))
        threading.Thread(target=self._work, args=(work, answer), daemon=True).start()
        try:
            return await answer
        finally:
            self._node.destroy_timer(timer)
            if answer in self._waiting:
                self._waiting.remove(answer)

    def stop(self, error: ClapError) -> None:
        """End all waits with an error; the work itself goes on, and nobody hears of it."""
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)

    def _give_up(self, answer: Future) -> None:
        if answer.done():
            return
        self._hung = True
        answer.set_exception(
            ClapError(
                ErrorCode.TIMEOUT,
                f"{self._what} did not answer within {self._deadline_s:g} s",
                "Raise backend_timeout_s if it is only slow; else look at its log",
            )
        )

    def _work(self, work: Callable[[], Any], answer: Future) -> None:
        with self._turn:
            if answer.done():  # stopped or given up while others had their turn
                return
            self._began_s = time.monotonic()
            result, error = None, None
            try:
                result = work()
            except Exception as raised:  # raised again where the answer is awaited
                error = raised
            self._began_s, self._hung = None, False
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)
        # Nothing else would make the executor look at the coroutine that awaits the answer.
        if self._node.executor is not None:
            self._node.executor.wake()
