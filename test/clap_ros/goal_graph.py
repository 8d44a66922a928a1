"""An action server whose goals do what they are told, and a graph of two nodes to ask it from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_msgs.action import ExecuteTask
from clap_ros.goals import WorkerActionServer

DEADLINE_S = 20.0


class Worker:
    """An action server whose goals follow the instruction's word."""

    def __init__(self, graph: Graph) -> None:
        self.started = threading.Event()
        self.let_go = threading.Event()
        self.instructions: list[str] = []
        self.server = WorkerActionServer(graph.server_node, ExecuteTask, "task", self.execute)
        graph.workers.append(self)

    def execute(
        self, goal: Any, cancelled: threading.Event, feedback: Callable[[Any], None]
    ) -> ExecuteTask.Result:
        self.instructions.append(goal.instruction)
        self.started.set()
        feedback(ExecuteTask.Feedback(text=goal.instruction))
        if goal.instruction == "wait":
            assert cancelled.wait(DEADLINE_S)
            raise ClapError(ErrorCode.CANCELED, "canceled", "Send it again")
        if goal.instruction == "stick":
            assert self.let_go.wait(DEADLINE_S)
            raise ClapError(ErrorCode.CANCELED, "canceled", "Send it again")
        if goal.instruction == "crash":
            raise KeyError("a defect")
        return ExecuteTask.Result()


class Graph:
    """A server node and a client node, each with its own spinning executor."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.server_node = Node("server", context=self.context)
        self.client_node = Node("client", context=self.context)
        self.workers: list[Worker] = []
        self.executor.add_node(self.server_node)
        self.executor.add_node(self.client_node)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._spin)
        self.thread.start()

    def _spin(self) -> None:
        while not self.ended.is_set():
            self.executor.spin_once(timeout_sec=0.1)

    def close(self) -> None:
        self.ended.set()
        self.thread.join()
        self.executor.shutdown()
        for worker in self.workers:  # they outlive their node: the next test would find them
            worker.server.destroy()
        for node in (self.server_node, self.client_node):
            node.destroy_node()
        rclpy.shutdown(context=self.context)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that no event tells of."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
