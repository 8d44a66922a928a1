"""Tests, demos and benchmarks run in ROS domains of their own."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy

from clap_cli import domains, stack_choice
from clap_cli.__main__ import main
from clap_cli.commands import bench_stack
from clap_cli.demo import run as demo_run
from clap_cli.domains import own_domain, reserved_domain
from clap_cli.stack import Client
from clap_cli.stack_choice import find_stack
from clap_core.errors import ClapError
from clap_msgs.action import ExecuteTask
from clap_ros.goals import WorkerActionServer


def test_runs_at_once_get_different_domains() -> None:
    with reserved_domain() as first, reserved_domain() as second:
        assert first != second


def test_a_domain_with_a_participant_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with reserved_domain() as free:
        pass
    monkeypatch.setattr(domains, "_DOMAINS", range(free, free + 1))
    with socket.socket(type=socket.SOCK_DGRAM) as participant:
        participant.bind(("", 7400 + 250 * free))
        with pytest.raises(ClapError, match="in use"), reserved_domain():
            pass
    with reserved_domain() as again:
        assert again == free


@pytest.mark.parametrize("before", ["7", None])
def test_an_own_domain_is_left_behind(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    if before is not None:
        monkeypatch.setenv("ROS_DOMAIN_ID", before)
    with own_domain() as domain:
        context = rclpy.Context()
        rclpy.init(context=context)
        assert context.get_domain_id() == domain
        rclpy.shutdown(context=context)
    assert os.environ.get("ROS_DOMAIN_ID") == before


@pytest.fixture
def running() -> Iterator[list[str]]:
    """A stack that runs already, where the user's shell looks; what it is told."""
    told: list[str] = []

    def execute(goal: Any, *_: object) -> ExecuteTask.Result:
        told.append(goal.instruction)
        return ExecuteTask.Result()

    with Client("task_executive") as client:
        server = WorkerActionServer(client.node, ExecuteTask, "~/execute_task", execute)
        with Client("watching") as watching:
            assert find_stack(watching.node, None, threading.Event())
        yield told
        server.destroy()


def look_for_stacks(*_: object) -> Any:
    """In place of a demo: what would one of its nodes find?"""
    with Client("looking") as client:
        return find_stack(client.node, None, threading.Event())


class Looks:
    """In place of the simulated stack."""

    def __init__(self, *_: object) -> None:
        self.node = None

    def __enter__(self) -> Looks:
        look_for_stacks()
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("words", [["demo", "--no-record"], ["bench", "stack"]])
def test_beside_a_running_stack_nothing_of_it_is_seen(
    running: list[str],
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(stack_choice, "STACK_TIMEOUT_S", 2.0)
    monkeypatch.setattr(demo_run, "run_demo", look_for_stacks)
    monkeypatch.setattr(bench_stack, "SimulatedStack", Looks)
    monkeypatch.chdir(tmp_path)
    assert main(words) != 0
    output = capsys.readouterr()
    assert "no stack is running" in output.out + output.err
    assert running == []
