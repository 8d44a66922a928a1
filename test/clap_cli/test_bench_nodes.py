"""``clap bench nodes``: nodes come and go, and who does not live through it is named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import rclpy
from rclpy.node import Node

from clap_cli.__main__ import main
from clap_cli.commands import bench_nodes
from clap_cli.commands.bench_nodes import outlive
from clap_cli.short_lived_node import ask
from clap_cli.stack import Client

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def alive() -> Iterator[str]:
    with Client("alive"):
        yield "/alive"


@pytest.fixture
def hung() -> Iterator[str]:
    """A node that is on the graph and answers nothing."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = Node("hung", context=context)
    yield "/hung"
    node.destroy_node()
    rclpy.shutdown(context=context)


def test_short_lived_nodes_are_answered_though_some_die(alive: str) -> None:
    assert ask(alive, 30.0, abrupt=True)
    found = outlive([alive], count=2, jobs=2)
    assert (found["nodes"], found["unanswered"], found["silent"]) == (2, 0, [])


def test_a_node_that_hangs_is_named(alive: str, hung: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_nodes, "ANSWER_TIMEOUT_S", 2.0)
    monkeypatch.setattr(bench_nodes, "LAST_TIMEOUT_S", 5.0)
    found = outlive([hung], count=1, jobs=1)
    assert found["unanswered"] == 1
    assert found["silent"] == [hung]


class Stack:
    """In place of the simulated stack, whose process ``deaths`` have ended."""

    deaths: tuple[str, ...] = ()

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("silent", "deaths", "status"),
    [([], (), 0), (["/keypoint"], (), 1), ([], ("encoder", "encoder"), 1)],
)
def test_only_a_stack_that_lives_through_it_passes(
    silent: list[str],
    deaths: tuple[str, ...],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[tuple[list[str], int, int]] = []

    def come_and_go(targets: list[str], count: int, jobs: int) -> dict[str, object]:
        asked.append((targets, count, jobs))
        return {"nodes": count, "unanswered": 0, "silent": silent, "seconds": 1}

    monkeypatch.setattr(Stack, "deaths", deaths)
    monkeypatch.setattr(bench_nodes, "SimulatedStack", Stack)
    monkeypatch.setattr(bench_nodes, "outlive", come_and_go)
    assert main(["bench", "nodes", "--nodes", "3", "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert told["silent"] == silent and told["deaths"] == list(deaths)
    ((targets, count, _),) = asked
    assert count == 3
    assert {"/simulation", "/lifecycle_manager", "/franka_executor", "/keypoint"} <= set(targets)


def test_no_nodes_is_no_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "nodes", "--nodes", "0"]) == 2
    assert "--nodes 0" in capsys.readouterr().err
