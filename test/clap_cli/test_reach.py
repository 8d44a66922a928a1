"""How far `say` looks: to the robot's computer only from the one that thinks for it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clap_cli import reach
from clap_core.errors import ClapError, ErrorCode

GOALS = "task_executive/execute_task/_action/send_goal"


class Graph:
    """What a node sees of others: managers of thinking halves, and stacks, by namespace."""

    def __init__(self, halves: tuple[str, ...] = (), stacks: tuple[str, ...] = ()) -> None:
        self.halves, self.stacks = halves, stacks

    def get_node_names_and_namespaces(self) -> list[tuple[str, str]]:
        return [("say", "/"), *((reach.THINKING_MANAGER, space) for space in self.halves)]

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        kind = ["clap_msgs/action/ExecuteTask_SendGoal"]
        return [(f"{space.rstrip('/')}/{GOALS}", kind) for space in self.stacks]

    def count_services(self, name: str) -> int:
        return 1


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "SETTLE_S", 0.2)
    monkeypatch.setattr(reach, "STACK_TIMEOUT_S", 0.5)


@pytest.mark.parametrize(
    ("halves", "stacks", "namespace", "expected"),
    [
        (("/",), (), None, True),
        (("/",), ("/",), None, False),  # both halves are here
        ((), ("/",), None, False),
        (("/left",), ("/right",), "/left", True),
        (("/left",), ("/right",), "right", False),
        (("/left",), ("/right",), None, True),
    ],
)
def test_the_network_is_looked_at_where_only_the_thinking_half_is_here(
    halves: tuple[str, ...], stacks: tuple[str, ...], namespace: str | None, expected: bool
) -> None:
    graph: Any = Graph(halves, stacks)
    assert reach._is_elsewhere(graph, namespace, threading.Event()) is expected


def test_without_any_half_here_no_other_computer_is_asked() -> None:
    graph: Any = Graph()
    with pytest.raises(ClapError, match="no stack is running") as caught:
        reach._is_elsewhere(graph, None, threading.Event())
    assert caught.value.code is ErrorCode.NODE_UNAVAILABLE


def test_ctrl_c_ends_the_search() -> None:
    interrupted = threading.Event()
    interrupted.set()
    graph: Any = Graph()
    with pytest.raises(ClapError) as caught:
        reach._is_elsewhere(graph, None, interrupted)
    assert caught.value.code is ErrorCode.CANCELED


def test_who_looks_further_listens_there_too() -> None:
    before = {
        reach.RANGE_VARIABLE: "LOCALHOST",
        "FASTDDS_DEFAULT_PROFILES_FILE": "/clap/config/fastdds-localhost.xml",
        "FASTRTPS_DEFAULT_PROFILES_FILE": "/my/own.xml",
        "HOME": "/home/me",
    }
    assert reach.network_environment(before) == {
        reach.RANGE_VARIABLE: "SUBNET",
        "FASTDDS_DEFAULT_PROFILES_FILE": "/clap/config/fastdds.xml",
        "FASTRTPS_DEFAULT_PROFILES_FILE": "/my/own.xml",
        "HOME": "/home/me",
    }
