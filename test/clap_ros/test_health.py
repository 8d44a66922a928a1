"""What a node says of itself on /diagnostics, also while nothing tells it the time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

from clap_core.errors import ClapError, ErrorCode
from clap_ros.diagnostics import Health

DEADLINE_S = 20.0
TICK_S = 0.05


class Bench:
    """A node that reports, somebody who hears it, and a /clock that goes or stands still."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        simulated = [Parameter("use_sim_time", value=True)]
        self.node = Node("reporter", context=self.context, parameter_overrides=simulated)
        self.watcher = Node("watcher", context=self.context)
        self.health = Health(self.node)
        self.heard: list[DiagnosticStatus] = []
        self.news = threading.Condition()
        self.watcher.create_subscription(DiagnosticArray, "diagnostics", self._on_heard, 10)
        self.clock = self.watcher.create_publisher(Clock, "/clock", 10)
        self.time_ns = 0
        self.clock_goes = threading.Event()
        self.executor = SingleThreadedExecutor(context=self.context)
        for node in (self.node, self.watcher):
            self.executor.add_node(node)
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=run) for run in (self._spin, self._tick)]
        for thread in self.threads:
            thread.start()

    def next(self, wanted: str) -> DiagnosticStatus:
        """The next report whose message has a text in it, or has it not: "-text"."""
        with self.news:
            self.heard.clear()
            assert self.news.wait_for(lambda: self._matching(wanted), DEADLINE_S), self.heard
            return self._matching(wanted)[0]

    def close(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()
        self.executor.shutdown()
        for node in (self.node, self.watcher):
            node.destroy_node()
        rclpy.shutdown(context=self.context)

    def _matching(self, wanted: str) -> list[DiagnosticStatus]:
        text, has = wanted.removeprefix("-"), not wanted.startswith("-")
        return [status for status in self.heard if (text in status.message) is has]

    def _on_heard(self, message: DiagnosticArray) -> None:
        with self.news:
            self.heard += message.status
            self.news.notify_all()

    def _spin(self) -> None:
        while not self.ended.is_set():
            self.executor.spin_once(timeout_sec=TICK_S)

    def _tick(self) -> None:
        while not self.ended.wait(TICK_S):
            if self.clock_goes.is_set():
                self.time_ns += 10_000_000
                message = Clock()
                message.clock.sec, message.clock.nanosec = divmod(self.time_ns, 10**9)
                self.clock.publish(message)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_that_time_stands_still_is_said(bench: Bench) -> None:
    bench.health.ok("all is well")
    before = bench.next("nothing comes on /clock")
    assert before.level == DiagnosticStatus.WARN
    assert before.message.endswith("all is well")

    bench.clock_goes.set()
    while_it_goes = bench.next("-stands still")
    assert (while_it_goes.level, while_it_goes.message) == (DiagnosticStatus.OK, "all is well")

    bench.clock_goes.clear()
    assert bench.next("time stands still").level == DiagnosticStatus.WARN


def test_an_error_stays_one_while_time_stands_still(bench: Bench) -> None:
    bench.health.error(ClapError(ErrorCode.CAMERA_STALE, "no picture", "Replug it"))
    bench.clock_goes.clear()
    status = bench.next("time stands still")
    assert status.level == DiagnosticStatus.ERROR
    assert "no picture" in status.message
