"""The shipped launch files with and without ``namespace:=``, as two arms in one domain need it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from clap_launch import resolve
from clap_launch.description import NodeDetails, ProcessSpec

ROOT = Path(__file__).parents[2]
FILES = {
    "launch/nodes.launch.yaml": {},
    "launch/sim.launch.yaml": {"rviz": "true", "record": "true"},
    "launch/robot.launch.yaml": {
        "rviz": "true",
        "record": "true",
        "start_cameras": "true",
        "camera_driver": "pyrealsense2",
        "front_serial": "1",
    },
    "launch/replay.launch.yaml": {"bag": "some/bag", "rviz": "true"},
}
TO_BE_MOVED = {"/clock", "/tf", "/tf_static", "/diagnostics"}
"""Names that nodes of ROS have in the root wherever they are."""


@pytest.fixture(autouse=True)
def rviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A prefix with an RViz, as a ROS install has one."""
    index = tmp_path / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    (index / "rviz2").touch()
    program = tmp_path / "lib/rviz2/rviz2"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    prefixes = os.pathsep.join([str(tmp_path), os.environ["AMENT_PREFIX_PATH"]])
    monkeypatch.setenv("AMENT_PREFIX_PATH", prefixes)


def nodes(name: str, **arguments: str) -> list[tuple[ProcessSpec, NodeDetails]]:
    processes = resolve(ROOT / name, {**FILES[name], **arguments}).processes
    found = [(process, process.node) for process in processes if process.node is not None]
    assert found and len(found) == len(processes)
    return found


@pytest.mark.parametrize("given", ["left", "/left", "left/"])
@pytest.mark.parametrize("name", FILES)
def test_every_node_and_every_new_name_is_in_the_namespace(name: str, given: str) -> None:
    for _, node in nodes(name, namespace=given):
        assert node.namespace == "/left", node.name
        for old, new in node.remaps:
            assert old in TO_BE_MOVED
            assert new == f"/left{old}", node.name


@pytest.mark.parametrize("name", FILES)
def test_without_a_namespace_every_name_is_where_it_was(name: str) -> None:
    for _, node in nodes(name):
        assert node.namespace == "/", node.name
        assert all(old == new for old, new in node.remaps), node.name


@pytest.mark.parametrize("name", FILES)
def test_the_namespace_changes_nothing_else(name: str) -> None:
    for (plain, here), (moved, there) in zip(
        nodes(name), nodes(name, namespace="left"), strict=True
    ):
        assert (plain.label, here.executable) == (moved.label, there.executable)
        assert here.parameters == there.parameters
        assert plain.environment == moved.environment
        words = [w.replace("/left/", "/") for w in moved.command]
        assert words == list(plain.command)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("launch")])
def test_who_takes_time_from_a_simulation_or_a_bag_takes_it_from_its_own(name: str) -> None:
    """Two simulations on one /clock would set each other's time back."""
    for _, node in nodes(name, namespace="left"):
        if name == "launch/robot.launch.yaml" or node.executable in ("recorder", "player"):
            continue
        assert ("/clock", "/left/clock") in node.remaps, node.name


def test_no_parameter_holds_an_absolute_name() -> None:
    for name in ("sim", "robot", "gazebo"):
        sections = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())
        assert all(section.startswith("/**/") for section in sections), name
        assert "'/" not in str([s["ros__parameters"] for s in sections.values()])


def test_rviz_shows_what_is_in_its_own_namespace() -> None:
    text = (ROOT / "config/clap.rviz").read_text()
    assert "Value: scene/points" in text
    assert "Value: /" not in text


def groups_of_drivers() -> list[list[dict[str, Any]]]:
    entries = yaml.safe_load((ROOT / "launch/robot.launch.yaml").read_text())["launch"]
    groups = [entry["group"]["children"] for entry in entries if "group" in entry]
    assert len(groups) == 4
    return groups


@pytest.mark.parametrize("index", range(4))
def test_drivers_that_are_started_are_in_the_namespace(index: int) -> None:
    """Only `ros2 launch` runs their files."""
    *before, last = groups_of_drivers()[index]
    remaps = {e["set_remap"]["from"]: e["set_remap"]["to"] for e in before if "set_remap" in e}
    for name in ("/tf", "/tf_static", "/diagnostics"):
        assert remaps[name] == f"$(var stack_prefix){name}"
    pushed = [e["push_ros_namespace"]["namespace"] for e in before if "push_ros_namespace" in e]
    arguments = {a["name"]: a["value"] for a in last["include"]["arg"]}
    if "franka" in last["include"]["file"]:
        # It names its controller manager to a program that is no node: it must know itself.
        assert (pushed, arguments["namespace"]) == ([], "$(var stack_prefix)")
    else:
        assert (pushed, arguments["camera_namespace"]) == (["$(var stack_prefix)/"], "camera")
