"""A server that was started again is another one, however its death shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from rclpy.task import Future

from clap_core.errors import ClapError
from clap_ros.calls import _same_server, _wait_for

DEADLINE_S = 20.0


@dataclass
class Reader:
    endpoint_gid: list[int]


@dataclass
class Graph:
    """Tells who serves."""

    ids: list[int]
    asked: list[str] = field(default_factory=list)
    tells_ids: bool = True

    def count_services(self, name: str) -> int:
        return len(self.ids)

    def get_subscriptions_info_by_topic(self, topic: str, no_mangle: bool) -> list[Reader]:
        self.asked.append(topic)
        return [Reader([one]) for one in self.ids] if self.tells_ids else []


def alive(graph: Any) -> Any:
    return _same_server(graph, "/keypoint/find", lambda: bool(graph.ids))


def test_the_same_one_is_alive() -> None:
    graph = Graph([7])
    still = alive(graph)
    assert still() and still()
    assert set(graph.asked) == {"rq/keypoint/findRequest"}


def test_one_that_goes_as_another_comes_is_gone() -> None:
    graph = Graph([7])
    still = alive(graph)
    graph.ids = [8]
    assert not still()


def test_one_that_another_joins_before_its_death_shows_is_gone() -> None:
    graph = Graph([7])
    still = alive(graph)
    graph.ids = [7, 8]
    assert not still()


def test_a_ghost_that_goes_leaves_the_other_alive() -> None:
    graph = Graph([6, 7])
    still = alive(graph)
    graph.ids = [7]
    assert still()


def test_a_middleware_that_does_not_tell_ids_is_counted() -> None:
    graph = Graph([7], tells_ids=False)
    still = alive(graph)
    graph.ids = [8]
    assert still()  # cannot be told from the first one
    graph.ids = [7, 8]
    assert not still()


def wait(looks: list[bool]) -> None:
    """Wait for an answer that comes with the last look."""
    future: Future = Future()

    def look() -> bool:
        if len(looks) == 1:
            future.set_result(None)
        return looks.pop(0)

    _wait_for(future, "/keypoint/find", time.monotonic() + DEADLINE_S, None, look)


def test_a_look_in_between_that_misses_the_server_is_not_its_death() -> None:
    wait([True, False, True, False, True])


def test_two_looks_in_a_row_that_miss_the_server_are_its_death() -> None:
    with pytest.raises(ClapError, match="died while it worked"):
        wait([True, False, False, True])
