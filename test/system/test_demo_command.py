"""`./clap demo` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from clap_cli.stack import Client
from clap_data.bags.reading import open_bag
from clap_msgs.action import ExecuteTask
from clap_ros.goals import WorkerActionServer

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clap_cli", "demo", *arguments, "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.fixture
def other_stack() -> Iterator[list[str]]:
    """What a stack is told that runs where the user's shell looks."""
    told: list[str] = []

    def execute(goal: Any, *_: object) -> ExecuteTask.Result:
        told.append(goal.instruction)
        return ExecuteTask.Result()

    with Client("task_executive") as client:
        server = WorkerActionServer(client.node, ExecuteTask, "~/execute_task", execute)
        yield told
        server.destroy()


def test_the_demo_succeeds_beside_another_stack_and_leaves_what_it_promises(
    tmp_path: Path, other_stack: list[str]
) -> None:
    folder = tmp_path / "run"
    run = demo(folder, "--seed", "3", "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert other_stack == [], "the demo spoke to somebody else's arm"
    for words in ("1/4 approach the red mug", "keypoint  red mug handle at", "outcome   done"):
        assert words in run.stdout

    summary = json.loads(run.stdout.splitlines()[-1])
    assert summary["success"] is True
    assert "next to plate" in summary["verdict"][0]
    report = json.loads((folder / "report.json").read_text())
    assert [step["outcome"] for step in report["steps"]] == ["SUCCESS"] * 4
    assert "red mug" in (folder / "report.md").read_text()

    with av.open(str(folder / "demo.mp4")) as video:
        frames = sum(1 for _ in video.decode(video=0))
    assert frames > 5 * summary["simulated_s"], "the video has gaps"
    with open_bag(folder / "bag") as reader:
        topics = {connection.topic for connection in reader.connections}
    assert topics >= {
        "/scene/points",
        "/camera/front/color/image_raw",
        "/camera/front/aligned_depth_to_color/image_raw",
        "/keypoint/keypoint",
        "/task_planner/plan_result",
        "/joint_states",
        "/tf",
        "/tf_static",
        "/clock",
    }
    assert (folder / "demo.rrd").stat().st_size > 1_000_000


def test_a_demo_that_cannot_succeed_says_why(tmp_path: Path) -> None:
    run = demo(tmp_path / "run", "put the red mug next to the elephant", "--no-record")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "OBJECT_NOT_FOUND" in run.stdout
    assert "elephant" in run.stdout
    assert "Traceback" not in run.stderr


def test_an_unknown_scene_is_named(tmp_path: Path) -> None:
    run = demo(tmp_path / "run", "--scene", "nowhere", "--no-record")
    assert run.returncode == 2, run.stdout + run.stderr
    assert "'nowhere' is no choice for the argument 'scene'" in run.stderr
    assert "Traceback" not in run.stderr
