"""What is wrong now, and what nodes take of the computer."""

from __future__ import annotations

import contextlib
from typing import Any

import psutil
import pytest

from clap_console.page.feed import Feed
from clap_console.page.health import ERROR, OK, WARN, StackHealth, wrong_now
from clap_console.page.processes import Processes, node_of


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_worst_node_comes_first_and_its_cure_is_the_one_line(clock: Clock) -> None:
    health = StackHealth(clock)
    health.heard("policy", OK, "active", {})
    health.heard("keypoint", WARN, "slow. Use a GPU.", {})
    health.heard("cloud_fusion", ERROR, "no pictures. Plug it in.", {"rate_hz": "0"})
    rows = health.snapshot({"policy": {"cpu": 3.0, "mb": 200.0}})
    assert [row["node"] for row in rows] == ["cloud_fusion", "keypoint", "policy"]
    assert rows[2]["mb"] == 200.0 and "mb" not in rows[0]
    wrong = wrong_now(rows, True, None)
    assert wrong == {"level": "error", "text": "cloud_fusion: no pictures. Plug it in."}


def test_a_node_that_falls_silent_is_named(clock: Clock) -> None:
    health = StackHealth(clock)
    health.heard("policy", OK, "active", {})
    clock.now += 7.0
    health.heard("keypoint", OK, "active", {})
    rows = health.snapshot({})
    assert rows[0]["node"] == "policy" and rows[0]["level"] == "silent"
    assert "7 s" in wrong_now(rows, True, None)["text"]


def test_a_dead_stack_is_said_with_how_to_start_one(clock: Clock) -> None:
    assert "./clap launch sim" in wrong_now([], False, None)["text"]
    health = StackHealth(clock)
    health.heard("policy", OK, "active", {})
    told = wrong_now(health.snapshot({}), False, None)
    assert told["level"] == "error" and "executive is gone" in told["text"]


def test_that_the_arm_may_still_move_comes_before_all_else() -> None:
    told = wrong_now([], False, {"warning": "press the user stop", "state": "failed"})
    assert told == {"level": "error", "text": "press the user stop"}


def test_a_failed_task_is_told_but_not_one_that_a_person_stopped(clock: Clock) -> None:
    failed = {"state": "failed", "code": "GAVE_UP", "message": "three tries"}
    assert "three tries" in wrong_now([], True, failed)["text"]
    stopped = {"state": "failed", "code": "CANCELED", "message": "canceled"}
    assert wrong_now([], True, stopped)["level"] == "ok"


def test_a_figure_is_found_in_any_namespace(clock: Clock) -> None:
    health = StackHealth(clock)
    health.heard("left/task_executive", OK, "active", {"held": "red mug"})
    assert health.value("task_executive", "held") == "red mug"
    assert health.value("task_executive", "other") == health.value("policy", "held") == ""


@pytest.mark.parametrize(
    ("line", "node"),
    [
        ("keypoint --ros-args -r __node:=keypoint", "keypoint"),
        ("keypoint --ros-args -r __node:=keypoint -r __ns:=/left", "left/keypoint"),
        ("python train.py", None),
    ],
)
def test_whose_process_it_is(line: str, node: str | None) -> None:
    assert node_of(line.split()) == node


class FakeProcess:
    """What is read of a process."""

    def __init__(self, pid: int, line: str, megabytes: int, domain: str = "7") -> None:
        self.pid = pid
        self._line = line
        self._bytes = megabytes << 20
        self._domain = domain
        self.is_gone = False

    def cmdline(self) -> list[str]:
        return self._line.split()

    def environ(self) -> dict[str, str]:
        return {"ROS_DOMAIN_ID": self._domain}

    def cpu_percent(self, interval: None) -> float:
        if self.is_gone:
            raise psutil.NoSuchProcess(self.pid)
        return 12.5

    def memory_info(self) -> Any:
        return type("Memory", (), {"rss": self._bytes})()

    def oneshot(self) -> Any:
        return contextlib.nullcontext()


def test_processes_of_another_domain_are_somebody_elses(clock: Clock) -> None:
    own = FakeProcess(1, "policy -r __node:=policy", 200)
    wrapper = FakeProcess(2, "sh -c policy -r __node:=policy", 3)
    other = FakeProcess(3, "keypoint -r __node:=keypoint", 100, domain="8")
    processes: list[Any] = [wrapper, own, other]
    sampler = Processes("7", lambda: processes, clock)
    assert sampler.sample() == {"policy": {"cpu": 12.5, "mb": 200.0}}
    own.is_gone = True
    processes[:] = [FakeProcess(4, "policy -r __node:=policy", 90)]
    assert sampler.sample() == {}
    assert sampler.sample() == {"policy": {"cpu": 12.5, "mb": 90.0}}


def test_what_has_not_changed_is_not_told_again() -> None:
    feed, woken = Feed(), []
    end = feed.watch(lambda: woken.append(1))
    feed.put("a", {"x": 1.0})
    feed.put("a", {"x": 1.0})
    assert len(woken) == 1 and feed.watchers == 1
    number, parts = feed.newer_than(0)
    assert parts == [("a", '{"x":1.0}')]
    feed.put("b", [float("nan"), float("inf")])
    assert feed.newer_than(number)[1] == [("b", "[null,null]")]
    end()
    assert feed.watchers == 0
