"""The house as drawn and as told is the house as built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clap_cli.rooms import direct, floors, imported_modules, imports_of, picture

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = imports_of(ROOT / "src")
TABLE = re.findall(
    r"^\| `src/(clap_\w+)` \| (.*) \| (.*) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.M
)
ROS = re.compile(r"(rcl|ros2|rosidl|ament|tf2|launch)\w*|\w+_(msgs|srvs|interfaces)")
"""Modules of ROS; rosbags reads bags without it."""

GAZEBOS = {
    "controller_manager", "robot_state_publisher", "ros_gz_bridge", "ros_gz_sim", "tf2_ros",
}  # fmt: skip
"""Packages of a ROS install whose programs a simulation in Gazebo is made of."""

WITHOUT = [
    (name, word) for name, what, _ in TABLE for word in ("ROS", "torch") if f"no {word}" in what
]


def told() -> dict[str, frozenset[str]]:
    """CONTRIBUTING's table: what each package may import."""
    everything = frozenset(IMPORTS)
    return {
        name: everything - {name}
        if cell == "everything"
        else frozenset(f"clap_{word}" for word in re.findall(r"\w+", cell))
        for name, _, cell in TABLE
    }


def test_the_table_names_every_package() -> None:
    assert told().keys() == IMPORTS.keys()


@pytest.mark.parametrize("package", sorted(IMPORTS))
def test_a_package_imports_only_what_the_table_allows(package: str) -> None:
    assert IMPORTS[package] <= told()[package]


def test_the_table_allows_no_more_than_is_imported() -> None:
    spare = {name: told()[name] - IMPORTS[name] for name in IMPORTS if name != "clap_cli"}
    assert {name: extra for name, extra in spare.items() if extra} == {}


@pytest.mark.parametrize(("package", "word"), WITHOUT)
def test_a_package_holds_nothing_of_what_it_is_said_to_be_without(package: str, word: str) -> None:
    modules = imported_modules(ROOT / "src" / package / package)
    wanted = ROS if word == "ROS" else re.compile(word)
    assert {name for name in modules if wanted.fullmatch(name)} == set()


def test_what_must_run_without_ros_says_so() -> None:
    names = {name for name, word in WITHOUT if word == "ROS"}
    assert names >= {"clap_core", "clap_baseline", "clap_data", "clap_learning"}
    assert ROS.fullmatch("rclpy") and ROS.fullmatch("sensor_msgs") and not ROS.fullmatch("rosbags")


def test_the_picture_is_todays() -> None:
    drawn = (ROOT / "docs/architecture.svg").read_text()
    assert drawn == picture(IMPORTS), "draw it again: ./clap architecture"


def test_no_two_packages_import_each_other() -> None:
    rows = floors(IMPORTS)
    assert "clap_core" in rows[0]
    assert "clap_cli" in rows[-1]
    with pytest.raises(ValueError, match="circle among a, b"):
        floors({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset()})


def test_launch_files_start_only_what_stands_below_the_commands() -> None:
    """They are of clap_bringup, and start nodes by package: no module, no command of clap_cli."""
    files = [*ROOT.glob("launch/*.launch.yaml"), *ROOT.glob("docker/*.launch.yaml")]
    assert len(files) >= 4
    for file in files:
        entries = yaml.safe_load(file.read_text())["launch"]
        assert not [entry for entry in entries if "executable" in entry], file.name
        started = {entry["node"]["pkg"] for entry in entries if "node" in entry}
        foreign = GAZEBOS | {"rviz2"} if file.name == "gazebo.launch.yaml" else {"rviz2"}
        assert started <= (IMPORTS.keys() - {"clap_cli"}) | foreign, file.name


def test_arrows_that_follow_from_others_are_left_out() -> None:
    imports = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
    assert direct(imports) == [("a", "b"), ("b", "c")]
