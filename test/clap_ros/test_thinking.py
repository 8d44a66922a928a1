"""A backend that thinks leaves its node free, and one that hangs is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_ros.thinking import Thinking

DEADLINE_S = 20.0


class Bench:
    """A node whose executor spins on a thread of its own."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("thinker", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._spin)
        self.thread.start()

    def _spin(self) -> None:
        while not self.ended.is_set():
            self.executor.spin_once(timeout_sec=0.05)

    def ask(self, thinking: Thinking, work: Callable[[], Any]) -> tuple[threading.Event, list[Any]]:
        """Ask on the executor; what is set when it has answered, and the answer or the error."""
        done, answers = threading.Event(), list[Any]()

        async def request() -> None:
            try:
                answers.append(await thinking.run(work))
            except Exception as error:
                answers.append(error)
            done.set()

        self.executor.create_task(request)
        return done, answers

    def on_executor(self, call: Callable[[], Any]) -> None:
        done = threading.Event()
        self.executor.create_task(lambda: (call(), done.set()))
        assert done.wait(DEADLINE_S), "the executor does not come round"

    def close(self) -> None:
        self.ended.set()
        self.thread.join()
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_the_node_goes_on_while_a_backend_thinks(bench: Bench) -> None:
    thinking = Thinking(bench.node, "the backend 'slow'", DEADLINE_S)
    free, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        assert free.wait(DEADLINE_S)
        return "found"

    done, answers = bench.ask(thinking, work)
    assert begun.wait(DEADLINE_S)
    bench.on_executor(lambda: None)
    assert thinking.busy_s > 0.0
    assert not done.is_set()
    free.set()
    assert done.wait(DEADLINE_S)
    assert answers == ["found"]
    assert thinking.busy_s == 0.0


def test_requests_have_their_turn(bench: Bench) -> None:
    thinking = Thinking(bench.node, "the backend", DEADLINE_S)
    running: list[int] = []

    def work() -> int:
        running.append(1)
        most = len(running)
        threading.Event().wait(0.01)
        running.pop()
        return most

    asked = [bench.ask(thinking, work) for _ in range(5)]
    for done, answers in asked:
        assert done.wait(DEADLINE_S)
        assert answers == [1]


def test_what_the_backend_raises_arrives(bench: Bench) -> None:
    def work() -> None:
        raise ClapError(ErrorCode.OBJECT_NOT_FOUND, "no mug", "Put one there")

    done, answers = bench.ask(Thinking(bench.node, "the backend", DEADLINE_S), work)
    assert done.wait(DEADLINE_S)
    assert [error.code for error in answers] == [ErrorCode.OBJECT_NOT_FOUND]


def test_a_backend_that_hangs_is_named_and_the_next_request_refused(bench: Bench) -> None:
    thinking = Thinking(bench.node, "the backend 'lost'", 0.2)
    free = threading.Event()
    done, answers = bench.ask(thinking, lambda: free.wait(DEADLINE_S))
    assert done.wait(DEADLINE_S)
    assert answers[0].code is ErrorCode.TIMEOUT
    assert "'lost' did not answer within 0.2 s" in answers[0].message

    done, answers = bench.ask(thinking, lambda: "early")
    assert done.wait(DEADLINE_S)
    assert answers[0].code is ErrorCode.BUSY
    assert "/thinker" in answers[0].message
    free.set()


def test_stopping_ends_what_waits_at_once(bench: Bench) -> None:
    thinking = Thinking(bench.node, "the backend", DEADLINE_S)
    free, begun = threading.Event(), threading.Event()
    done, answers = bench.ask(thinking, lambda: (begun.set(), free.wait(DEADLINE_S)))
    assert begun.wait(DEADLINE_S)
    inactive = ClapError(ErrorCode.NODE_UNAVAILABLE, "inactive", "Activate it")
    bench.on_executor(lambda: thinking.stop(inactive))
    assert done.wait(DEADLINE_S)
    assert answers == [inactive]
    free.set()
