"""What the environment is made on: wheels or a sourced ROS install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from layout import Layout, SetupError
from target import find_target

OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "checkout")


@pytest.fixture
def jazzy(tmp_path: Path) -> str:
    """A prefix that has rclpy for this Python, as a ROS install does."""
    prefix = tmp_path / "opt/ros/jazzy"
    (prefix / f"lib/python{OWN_VERSION}/site-packages/rclpy").mkdir(parents=True)
    return str(prefix)


def test_nothing_sourced_means_wheels(layout: Layout) -> None:
    target = find_target(layout, {})
    assert target.on_wheels
    assert target.python_version == OWN_VERSION


def test_sourced_jazzy_is_built_upon(layout: Layout, jazzy: str) -> None:
    environment = {
        "ROS_DISTRO": "jazzy",
        "AMENT_PREFIX_PATH": jazzy,
        "CLAP_PYTHON": sys.executable,
    }
    target = find_target(layout, environment)
    assert target.underlay == (jazzy,)
    assert target.interpreter == sys.executable


def test_on_a_ros_install_the_ros_wheels_stay_out(layout: Layout, jazzy: str) -> None:
    pins = ["numpy==2.4.6", "ros-rclpy==7.1.6", "rosbags==0.11.9"]
    environment = {
        "ROS_DISTRO": "jazzy",
        "AMENT_PREFIX_PATH": jazzy,
        "CLAP_PYTHON": sys.executable,
    }
    assert find_target(layout, environment).wanted(pins) == ["numpy==2.4.6", "rosbags==0.11.9"]
    assert find_target(layout, {}).wanted(pins) == pins


def test_inside_clap_shell_the_wheels_are_not_taken_for_a_ros_install(layout: Layout) -> None:
    (layout.venv / f"lib/python{OWN_VERSION}/site-packages/rclpy").mkdir(parents=True)
    own = f"{layout.install}:{layout.venv}"
    assert find_target(layout, {"ROS_DISTRO": "jazzy", "AMENT_PREFIX_PATH": own}).on_wheels


def test_jazzy_named_but_not_sourced_means_wheels(layout: Layout, tmp_path: Path) -> None:
    environment = {"ROS_DISTRO": "jazzy", "AMENT_PREFIX_PATH": str(tmp_path / "nothing")}
    assert find_target(layout, environment).on_wheels


@pytest.mark.parametrize("variable", ["AMENT_PREFIX_PATH", "ROS_PACKAGE_PATH"])
def test_another_distribution_is_named_with_the_cure(layout: Layout, variable: str) -> None:
    with pytest.raises(SetupError) as caught:
        find_target(layout, {"ROS_DISTRO": "humble", variable: "/opt/ros/humble"})
    assert "humble" in caught.value.reason
    assert "env -u ROS_DISTRO" in caught.value.cure


def test_another_target_has_another_identity(layout: Layout, jazzy: str) -> None:
    environment = {
        "ROS_DISTRO": "jazzy",
        "AMENT_PREFIX_PATH": jazzy,
        "CLAP_PYTHON": sys.executable,
    }
    on_ros = find_target(layout, environment).identity(layout)
    on_wheels = find_target(layout, {}).identity(layout)
    moved = find_target(layout, {}).identity(Layout(layout.root / "moved"))
    assert on_ros != on_wheels != moved
