"""Where ROS is sourced, `./clap launch` and `./clap record` become the real tools."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clap_bringup.bags.topics import TopicFilter, split_patterns
from clap_cli import ros2_bag_record
from clap_cli.sourced_ros import become
from clap_core.errors import ClapError

ROS2_PACKAGES = ("ros2launch", "launch_ros", "launch_yaml", "ros2bag", "rosbag2_storage_mcap")
TOPICS = [
    "/tf",
    "/tf_static",
    "/joint_states",
    "/camera/front/color/image_raw",
    "/camera/left/color/image_raw",
    "/say/_action/feedback",
    "/say/_action/status",
]


@pytest.fixture
def sourced(tmp_path: Path) -> dict[str, str]:
    """The environment of a sourced install, whose ``ros2`` writes its arguments to a file."""
    index = tmp_path / "ros/share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    for package in ROS2_PACKAGES:
        (index / package).touch()
    program = tmp_path / "ros/bin/ros2"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable} -S\nimport json, os, sys\n"
        f"json.dump([os.getpid(), sys.argv[1:]], open({str(tmp_path / 'argv')!r}, 'w'))\n"
        "raise SystemExit(7)\n"
    )
    program.chmod(0o755)
    environment = dict(os.environ)
    for name, part in (("PATH", program.parent), ("AMENT_PREFIX_PATH", tmp_path / "ros")):
        environment[name] = f"{part}{os.pathsep}{environment[name]}"
    return environment


def clap(environment: dict[str, str], tmp_path: Path, *words: str) -> tuple[list[str], str]:
    """What ``ros2`` was called with, and the output's first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clap_cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    output, _ = process.communicate(timeout=60)
    pid, arguments = json.loads((tmp_path / "argv").read_text())
    assert process.returncode == 7
    assert pid == process.pid, "signals must reach ros2 itself"
    return arguments, output.splitlines()[0]


def test_launch_becomes_ros2_launch(sourced: dict[str, str], tmp_path: Path) -> None:
    called, said = clap(sourced, tmp_path, "launch", "sim", "scene:=two mugs", "seed:=3")
    assert called == ["launch", "clap_bringup", "sim.launch.yaml", "scene:=two mugs", "seed:=3"]
    assert said.endswith("ros2 launch clap_bringup sim.launch.yaml 'scene:=two mugs' seed:=3")
    own = tmp_path / "own.launch.yaml"
    own.write_text("launch: []\n")
    assert clap(sourced, tmp_path, "launch", "own.launch.yaml")[0] == ["launch", str(own)]
    called, _ = clap(sourced, tmp_path, "launch", "robot", "--show-args")
    assert called == ["launch", "clap_bringup", "robot.launch.yaml", "--show-args"]


def test_record_becomes_ros2_bag_record(sourced: dict[str, str], tmp_path: Path) -> None:
    called, said = clap(sourced, tmp_path, "record", "-o", "bag", "--compress", "tf,/joint_states")
    assert called == [
        *("bag", "record", "--storage", "mcap", "--output", "bag"),
        *("--topics", "/tf", "/joint_states", "--storage-preset-profile", "zstd_fast"),
    ]
    assert "ros2 bag record --storage mcap" in said
    called, _ = clap(sourced, tmp_path, "record")
    assert called[-1] == "--all-topics"
    assert re.fullmatch(r"out/bag-\d{8}-\d{6}", called[5])


@pytest.mark.parametrize("missing", ["ros2launch", "ros2"])
def test_without_the_real_launch_our_runner_runs(
    sourced: dict[str, str], tmp_path: Path, missing: str
) -> None:
    for path in (tmp_path / "ros").rglob(missing):
        path.unlink()
    file = tmp_path / "x.launch.yaml"
    file.write_text("launch:\n  - executable: {cmd: 'echo hello', name: x, output: screen}\n")
    output = subprocess.run(
        [sys.executable, "-m", "clap_cli", "launch", str(file)],
        env=sourced,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "[x] hello" in output
    assert not (tmp_path / "argv").exists()


def recorded(words: list[str]) -> set[str]:
    """What rosbag2's own filter (rosbag2_transport, jazzy) takes of ``TOPICS``."""

    def value(name: str) -> str | None:
        return words[words.index(name) + 1] if name in words else None

    def takes(topic: str) -> bool:
        end = next((i for i, w in enumerate(words) if i > names and w.startswith("-")), len(words))
        included = "--all-topics" in words or topic in words[names + 1 : end]
        regex, exclude = value("--regex"), value("--exclude-regex")
        if not included and not (regex and re.search(regex, topic)):
            return False
        if exclude and re.search(exclude, topic):
            return False
        return "--include-hidden-topics" in words or "/_" not in topic

    names = words.index("--topics") if "--topics" in words else len(words)
    return {topic for topic in TOPICS if takes(topic)}


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("exclude", [[], ["/camera/left/*"], ["/tf*"], ["tf"], ["*"]])
@pytest.mark.parametrize(
    "topics",
    [
        [],
        ["tf"],
        ["/tf*", "joint_states"],
        ["/camera/*", "/tf"],
        ["*image_raw"],
        ["/say/_action/feedback"],
        ["/say/_action/feedback", "*"],
    ],
)
def test_the_same_topics_are_recorded(topics: list[str], exclude: list[str], hidden: bool) -> None:
    wanted, unwanted = split_patterns(topics), split_patterns(exclude)
    ours = TopicFilter(wanted, unwanted, hidden)
    command = ros2_bag_record.command(Path("bag"), wanted, exclude=unwanted, hidden=hidden)
    assert recorded(command) == {topic for topic in TOPICS if ours.wants(topic)}


def test_what_cannot_be_run_is_told() -> None:
    with pytest.raises(ClapError, match="no-such-ros2"):
        become(["no-such-ros2", "launch"])
