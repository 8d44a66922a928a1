"""The workspace's build and its environment. A script stands in for the Python that runs colcon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import workspace
from environment import command_environment
from layout import Layout, SetupError
from target import Target

# Makes the set-up file that colcon would; a file "fail" beside the note makes it fail.
FAKE_PYTHON = """#!/bin/sh
echo build >> "{notes}"
echo "Starting >>> some_msgs"
if [ -e "{notes}.fail" ]; then
  echo "CMake Error at CMakeLists.txt:3: no such thing"
  exit 1
fi
mkdir -p install
echo 'export PYTHONPATH="{root}/install/python:$PYTHONPATH"' > install/setup.sh
echo 'export AMENT_PREFIX_PATH="{root}/install:$AMENT_PREFIX_PATH"' >> install/setup.sh
echo "Finished <<< some_msgs [1.0s]"
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "checkout")
    (layout.venv / "bin").mkdir(parents=True)
    (layout.venv / "lib/python3.11/site-packages/ros_rclpy.libs").mkdir(parents=True)
    layout.python.write_text(FAKE_PYTHON.format(notes=tmp_path / "notes", root=layout.root))
    layout.python.chmod(0o755)
    (layout.sources / "some_msgs").mkdir(parents=True)
    (layout.sources / "some_msgs/package.xml").write_text("<package/>")
    return layout


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


WHEELS = Target("/usr/bin/python3", "3.11")


def make(layout: Layout, target: Target = WHEELS) -> None:
    lock = os.open(layout.root, os.O_RDONLY)
    try:
        workspace.make(layout, target, lock)
    finally:
        os.close(lock)


def test_the_checkout_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path / 'my "new" $HOME folder')
    layout.install.mkdir(parents=True)
    (layout.install / "setup.sh").write_text("export PATH=/added/bin:$PATH")
    found = workspace._ask_search_paths(layout, {"PATH": "/usr/bin:/bin"})
    assert found["PATH"][0] == "/added/bin"


def test_built_once_until_a_definition_changes(layout: Layout) -> None:
    assert not workspace.is_ready(layout, WHEELS)
    make(layout)
    assert workspace.is_ready(layout, WHEELS)
    (layout.sources / "some_msgs/package.xml").write_text("<package format='3'/>")
    assert not workspace.is_ready(layout, WHEELS)


def test_a_changed_definition_keeps_what_was_built(layout: Layout) -> None:
    make(layout)
    (layout.build / "object.o").touch()
    (layout.sources / "some_msgs/package.xml").write_text("<package format='3'/>")
    make(layout)
    assert (layout.build / "object.o").exists()


def test_another_python_starts_from_nothing(layout: Layout) -> None:
    make(layout)
    (layout.build / "object.o").touch()
    other = Target("/usr/bin/python3", "3.12")
    assert not workspace.is_ready(layout, other)
    make(layout, other)
    assert not (layout.build / "object.o").exists()


def test_a_build_by_hand_with_unknown_python_is_replaced(layout: Layout) -> None:
    layout.build.mkdir()
    (layout.build / "object.o").touch()
    make(layout)
    assert not (layout.build / "object.o").exists()


def test_removed_install_folder_is_noticed(layout: Layout) -> None:
    make(layout)
    (layout.install / "clap-environment.json").unlink()
    assert not workspace.is_ready(layout, WHEELS)


def test_a_failed_build_is_quoted_and_done_again(layout: Layout, notes: Path) -> None:
    make(layout)
    Path(f"{notes}.fail").touch()
    (layout.sources / "some_msgs/package.xml").write_text("<package format='3'/>")
    with pytest.raises(SetupError, match="CMake Error at CMakeLists") as caught:
        make(layout)
    assert "build.log" in caught.value.cure
    assert not workspace.is_ready(layout, WHEELS)
    Path(f"{notes}.fail").unlink()
    make(layout)
    assert workspace.is_ready(layout, WHEELS)


def test_workspace_comes_first_and_the_users_paths_stay(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/home/user/python")
    monkeypatch.setenv("AMENT_PREFIX_PATH", "/home/user/prefix")
    make(layout)
    users = {"PYTHONPATH": "/home/user/python", "AMENT_PREFIX_PATH": "/home/user/prefix"}
    environment = command_environment(layout, WHEELS, workspace.search_paths(layout), users)
    assert environment["PYTHONPATH"] == f"{layout.root}/install/python:/home/user/python"
    assert environment["AMENT_PREFIX_PATH"].split(":") == [
        str(layout.install),
        str(layout.venv),
        "/home/user/prefix",
    ]
    libraries = environment["LD_LIBRARY_PATH"].split(":")
    assert libraries[0] == f"{layout.venv}/lib"
    assert libraries[1].endswith("ros_rclpy.libs")
    assert environment["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] == "1"
    assert environment["LD_PRELOAD"] == str(layout.endless_waits)


def test_made_inside_its_own_shell_the_environment_is_the_same(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(layout)
    outside = workspace.search_paths(layout)
    inner = command_environment(layout, WHEELS, outside, dict(os.environ))
    for name, value in inner.items():
        monkeypatch.setenv(name, value)
    make(layout)
    assert workspace.search_paths(layout) == outside
    again = command_environment(layout, WHEELS, outside, inner)
    assert again == inner


def test_on_a_ros_install_the_underlay_stays_below(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "/opt/ros/jazzy")
    monkeypatch.setenv("PYTHONPATH", "/opt/ros/jazzy/python")
    monkeypatch.delenv("_ROS_WHEELS_BOOTSTRAP_COMPLETE", raising=False)
    target = Target("/usr/bin/python3", "3.11", ("/opt/ros/jazzy",))
    make(layout, target)
    users = {"AMENT_PREFIX_PATH": "/opt/ros/jazzy", "PYTHONPATH": "/opt/ros/jazzy/python"}
    environment = command_environment(layout, target, workspace.search_paths(layout), users)
    assert environment["AMENT_PREFIX_PATH"] == f"{layout.install}:/opt/ros/jazzy"
    assert "_ROS_WHEELS_BOOTSTRAP_COMPLETE" not in environment
    assert "RMW_IMPLEMENTATION" not in environment
    assert "LD_PRELOAD" not in environment


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ({}, "egl"),
        ({"DISPLAY": ":0"}, None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None),
        ({"MUJOCO_GL": "osmesa"}, "osmesa"),
    ],
)
def test_renderer_without_a_display(
    layout: Layout, users: dict[str, str], expected: str | None
) -> None:
    assert command_environment(layout, WHEELS, {}, users).get("MUJOCO_GL") == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [("demo", "LOCALHOST"), ("", "LOCALHOST"), ("launch robot", None), ("doctor", None)],
)
def test_only_launch_files_decide_how_far_nodes_are_seen(
    layout: Layout, command: str, expected: str | None
) -> None:
    environment = command_environment(layout, WHEELS, {}, {}, command)
    assert environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE") == expected
    profile = layout.local_middleware_profile if expected else layout.middleware_profile
    assert environment["FASTDDS_DEFAULT_PROFILES_FILE"] == str(profile)


@pytest.mark.parametrize(
    ("command", "loads"), [("demo", True), ("shell -- ros2 node list", True), ("shell", False)]
)
def test_the_repair_of_the_wheels_is_not_in_the_users_own_shell(
    layout: Layout, command: str, loads: bool
) -> None:
    environment = command_environment(layout, WHEELS, {}, {}, command)
    assert ("LD_PRELOAD" in environment) is loads


def test_what_the_user_set_stays(layout: Layout) -> None:
    users = {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
        "FASTDDS_DEFAULT_PROFILES_FILE": "/home/user/profile.xml",
        "ROS_DOMAIN_ID": "7",
    }
    environment = command_environment(layout, WHEELS, {}, {**users, "LD_PRELOAD": "/a.so /b.so"})
    assert {name: environment[name] for name in users} == users
    assert environment["LD_PRELOAD"] == f"{layout.endless_waits}:/a.so:/b.so"
    assert environment["FASTRTPS_DEFAULT_PROFILES_FILE"] == str(layout.middleware_profile)


def test_a_build_does_not_wait_for_a_quiet_machine(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    flags = workspace._base_environment(layout, WHEELS)["MAKEFLAGS"]
    assert flags.startswith("-j") and "-l" not in flags
    monkeypatch.setenv("MAKEFLAGS", "-j3")
    assert workspace._base_environment(layout, WHEELS)["MAKEFLAGS"] == "-j3"
