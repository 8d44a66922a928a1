"""gazebo.launch.yaml under the real launch, with stand-ins for all that it starts: each writes down
how it was called. A Gazebo that is installed is not started either."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource

import launch

LAUNCH_FILE = Path(__file__).parents[2] / "launch/gazebo.launch.yaml"
DEADLINE_S = 60.0
PROGRAMS = {
    "ros_gz_sim": ("create",),
    "ros_gz_bridge": ("parameter_bridge",),
    "controller_manager": ("spawner",),
    "robot_state_publisher": ("robot_state_publisher",),
    "tf2_ros": ("static_transform_publisher",),
    "gz_ros2_control": (),
    "joint_trajectory_controller": (),
    "joint_state_broadcaster": (),
    "franka_description": (),
    "xacro": (),
    "clap_sim": ("gazebo_world",),
    "clap_franka": ("trajectory_hand",),
    "clap_bringup": ("camera_extrinsics", "lifecycle_manager"),
    "clap_perception": ("cloud_fusion", "keypoint", "encoder", "policy"),
    "clap_manipulation": ("task_planner", "franka_executor", "task_executive"),
}
STAND_IN = f"""#!{sys.executable}
import json, os, sys, time
name = os.path.basename(sys.argv[0])
words, environment = sys.argv[1:], dict(os.environ)
texts = [open(word).read() for word in words if os.path.basename(word).startswith("launch_params_")]
calls = os.environ["CALLS"]
path = os.path.join(calls, f"{{name}}-{{os.getpid()}}")
with open(path + ".part", "w") as file:
    json.dump({{"name": name, "words": words, "texts": texts, "environment": environment}}, file)
os.rename(path + ".part", path + ".json")
if name == "gazebo_world":
    print("/the/world", end="")
elif name == "xacro":
    print("<robot name='made' />", end="")
else:
    time.sleep({DEADLINE_S})
"""
GZ_SIM = """
import json, os
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration

def tell(context):
    values = {n: LaunchConfiguration(n).perform(context) for n in ("gz_args", "on_exit_shutdown")}
    path = os.path.join(os.environ["CALLS"], "gz_sim")
    with open(path + ".part", "w") as file:
        json.dump({"name": "gz_sim", "values": values, "environment": dict(os.environ)}, file)
    os.rename(path + ".part", path + ".json")

def generate_launch_description():
    names = ("gz_args", "on_exit_shutdown")
    arguments = [DeclareLaunchArgument(name, default_value="") for name in names]
    return LaunchDescription([*arguments, OpaqueFunction(function=tell)])
"""
STARTED = sum(len(programs) for programs in PROGRAMS.values()) - len(("gazebo_world",)) + 3
"""static_transform_publisher runs four times."""


def install(prefix: Path) -> None:
    index = prefix / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    for package, programs in PROGRAMS.items():
        (index / package).touch()
        (prefix / "share" / package).mkdir()
        for program in programs:
            path = prefix / "lib" / package / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(STAND_IN)
            path.chmod(0o755)
    xacro = prefix / "bin/xacro"
    xacro.parent.mkdir()
    xacro.write_text(STAND_IN)
    xacro.chmod(0o755)
    file = prefix / "share/ros_gz_sim/launch/gz_sim.launch.py"
    file.parent.mkdir()
    file.write_text(GZ_SIM)


def run(prefix: Path, monkeypatch: pytest.MonkeyPatch, **arguments: str) -> list[dict]:
    """How everything was called."""
    install(prefix)
    calls = prefix / "calls"
    calls.mkdir()
    for name, first in (("AMENT_PREFIX_PATH", prefix), ("PATH", prefix / "bin")):
        monkeypatch.setenv(name, os.pathsep.join([str(first), os.environ.get(name, "")]))
    monkeypatch.setenv("CALLS", str(calls))
    service = launch.LaunchService()
    included = IncludeLaunchDescription(
        AnyLaunchDescriptionSource(str(LAUNCH_FILE)), launch_arguments=arguments.items()
    )
    service.include_launch_description(launch.LaunchDescription([included]))
    wanted = STARTED + len(("gazebo_world", "xacro", "gz_sim"))

    def end_when_all_have_told() -> None:
        end = time.monotonic() + DEADLINE_S
        while len(list(calls.glob("*.json"))) < wanted and time.monotonic() < end:
            time.sleep(0.05)
        service.shutdown()

    watcher = threading.Thread(target=end_when_all_have_told)
    watcher.start()
    service.run()
    watcher.join()
    return [json.loads(path.read_text()) for path in calls.glob("*.json")]


def one(calls: list[dict], name: str) -> dict:
    (call,) = [call for call in calls if call["name"] == name]
    return call


def test_each_program_is_called_as_it_wants_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = run(tmp_path, monkeypatch, namespace="left", gui="false", hand_interface="effort")
    assert one(calls, "gazebo_world")["words"][:2] == ["--scene", "tabletop"]
    xacro = one(calls, "xacro")["words"]
    assert Path(xacro[0]).is_file()
    assert {"robot_type:=fr3", "hand_interface:=effort", "namespace:=/left"} <= set(xacro)
    gazebo = one(calls, "gz_sim")
    assert gazebo["values"] == {
        "gz_args": "-r -s --headless-rendering /the/world/world.sdf",
        "on_exit_shutdown": "true",
    }
    assert gazebo["environment"]["GZ_PARTITION"] == "/left"
    resources = gazebo["environment"]["GZ_SIM_RESOURCE_PATH"].split(":")
    assert resources[:2] == ["/the/world/models", f"{tmp_path}/share"]
    publisher = "\n".join(one(calls, "robot_state_publisher")["texts"])
    assert "robot_description: <robot name='made' />" in publisher
    assert "use_sim_time: true" in publisher
    assert "fingers.overshoot: 0.04" in "\n".join(one(calls, "trajectory_hand")["texts"])
    spawner = one(calls, "spawner")["words"]
    assert "fr3_hand_effort_controller" in spawner
    assert Path(spawner[spawner.index("--param-file") + 1]).is_file()
    assert "/left/robot_description" in one(calls, "create")["words"]
    assert "bridge.yaml" in one(calls, "parameter_bridge")["texts"][0]
    for call in calls:
        if "texts" in call and call["name"] not in ("gazebo_world", "xacro"):
            assert "__ns:=/left" in call["words"], call["name"]
    assert len([call for call in calls if call["name"] == "static_transform_publisher"]) == 4
