"""The shipped launch and configuration files: they resolve, and every parameter exists."""

from __future__ import annotations

import importlib
import inspect
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from clap_bringup.lifecycle_manager.config import LifecycleManagerConfig
from clap_core.backends import (
    ENCODERS,
    KEYPOINT_FINDERS,
    PLANNERS,
    POLICIES,
    available,
    settings_type,
)
from clap_launch import LaunchError, resolve
from clap_launch.arguments import declared
from clap_launch.description import ParameterFile, ParameterValues
from clap_manipulation.franka_executor.config import ExecutorConfig

ROOT = Path(__file__).parents[2]
FILES = {"sim": {}, "robot": {}, "replay": {"bag": "some/bag"}}
NODE_MODULES = {
    "simulation": ["clap_sim.simulation.node"],
    "cloud_fusion": ["clap_perception.cloud_fusion.node"],
    "keypoint": ["clap_perception.keypoint.node"],
    "encoder": ["clap_perception.encoder.node"],
    "policy": ["clap_perception.policy.node"],
    "task_planner": ["clap_manipulation.task_planner.node"],
    "franka_executor": ["clap_manipulation.franka_executor.node"],
    "task_executive": ["clap_manipulation.task_executive.node"],
    "lifecycle_manager": ["clap_bringup.lifecycle_manager.node"],
    "thinking_manager": ["clap_bringup.lifecycle_manager.node"],
    "camera_extrinsics": ["clap_bringup.camera_extrinsics.node"],
    "realsense": ["clap_realsense.driver.node"],
    "fci_driver": ["clap_franka.fci.node"],
    "trajectory_hand": ["clap_franka.trajectory_hand.node"],
}
BACKENDS = {
    "keypoint": KEYPOINT_FINDERS,
    "encoder": ENCODERS,
    "policy": POLICIES,
    "task_planner": PLANNERS,
}


def launch_file(name: str) -> Path:
    return ROOT / "launch" / f"{name}.launch.yaml"


def names(model: type[BaseModel], prefix: str = "") -> set[str]:
    """All parameters that a model declares."""
    found = set()
    for name, field in model.model_fields.items():
        nested: Any = field.annotation
        if inspect.isclass(nested) and issubclass(nested, BaseModel):
            found |= names(nested, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def declared_by(node: str) -> set[str]:
    """Parameters of the models that a node's module uses, and of its backends' settings."""
    found = {"use_sim_time"}
    if node in BACKENDS:
        for backend in available(BACKENDS[node]):
            found |= names(settings_type(BACKENDS[node], backend), f"{backend}.")
    for module in NODE_MODULES[node]:
        for value in vars(importlib.import_module(module)).values():
            if inspect.isclass(value) and issubclass(value, BaseModel) and value is not BaseModel:
                found |= names(value)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_parameter_of_a_launch_file_is_one_of_its_node(name: str) -> None:
    nodes = [p for p in resolve(launch_file(name), FILES[name]).processes if p.node is not None]
    assert len(nodes) >= 5
    for process in nodes:
        assert process.node is not None and process.node.name is not None
        for entry in process.node.parameters:
            if isinstance(entry, ParameterValues):
                unknown = set(entry.values) - declared_by(process.node.name)
                assert not unknown, f"{process.node.name} has no parameter {unknown}"
            else:
                assert isinstance(entry, ParameterFile)
                assert entry.path.is_file()


@pytest.mark.parametrize("name", ["sim", "robot", "gazebo"])
def test_every_parameter_of_a_configuration_is_one_of_its_node(name: str) -> None:
    sections = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    for node, section in sections.items():
        unknown = set(section["ros__parameters"]) - declared_by(node.removeprefix("/**/"))
        # A nested section is a prefix of its parameters' names.
        prefixes = {p.split(".")[0] for p in declared_by(node.removeprefix("/**/"))}
        assert unknown <= prefixes, f"{node} has no parameter {unknown - prefixes}"


@pytest.mark.parametrize("name", [*FILES, "nodes", "gazebo"])
def test_every_argument_has_a_description(name: str) -> None:
    for argument in declared(launch_file(name)).values():
        assert argument.description != "no description given", argument.name
        assert argument.description[0].isupper()


def test_the_simulation_is_required_and_the_nodes_respawn() -> None:
    processes = {p.label: p for p in resolve(launch_file("sim")).processes}
    assert processes["simulation"].required
    assert not processes["simulation"].respawn
    for label in set(processes) - {"simulation"}:
        assert processes[label].respawn, label
        assert not processes[label].required, label


def test_the_replay_moves_nothing_and_ends_with_the_bag() -> None:
    processes = {p.label: p for p in resolve(launch_file("replay"), FILES["replay"]).processes}
    assert "franka_executor" not in processes
    assert "task_executive" not in processes
    assert processes["player"].required


def values_of(name: str, arguments: dict[str, str], label: str) -> dict[str, Any]:
    """The parameters that a launch file gives one of its nodes."""
    (process,) = [p for p in resolve(launch_file(name), arguments).processes if p.label == label]
    assert process.node is not None
    values: dict[str, Any] = {}
    for entry in process.node.parameters:
        if isinstance(entry, ParameterValues):
            values |= entry.values
    return values


def test_managed_nodes_are_those_that_are_started() -> None:
    for name, arguments in FILES.items():
        labels = {p.label for p in resolve(launch_file(name), arguments).processes}
        values = values_of(name, arguments, "lifecycle_manager")
        assert set(values["nodes"]) <= labels, name
        assert values["other_half"] == ""


@pytest.mark.parametrize("name", ["sim", "robot"])
def test_two_computers_have_what_one_has_and_each_manager_looks_after_its_own(name: str) -> None:
    def labels(computer: str) -> set[str]:
        arguments = {"computer": computer, "driver": "fci"} if name == "robot" else {
            "computer": computer
        }  # fmt: skip
        return {p.label for p in resolve(launch_file(name), arguments).processes}

    robot, thinking, both = labels("robot"), labels("thinking"), labels("both")
    assert robot | thinking == both | {"thinking_manager"}
    assert not robot & thinking
    assert {"franka_executor", "task_executive", "cloud_fusion", "lifecycle_manager"} <= robot
    assert thinking == {"task_planner", "keypoint", "encoder", "policy", "thinking_manager"}
    managers = {"robot": "lifecycle_manager", "thinking": "thinking_manager"}
    looked_after = []
    for computer, other in (("robot", "thinking"), ("thinking", "robot")):
        values = values_of(name, {"computer": computer}, managers[computer])
        assert values["other_half"] == managers[other]
        looked_after += values["nodes"]
        assert set(values["nodes"]) <= labels(computer)
    assert sorted(looked_after) == sorted(values_of(name, {}, "lifecycle_manager")["nodes"])


@pytest.mark.parametrize(
    ("computer", "discovery", "profile"),
    [
        ("robot", "SUBNET", "fastdds-frames.xml"),
        ("robot", "LOCALHOST", "fastdds-localhost.xml"),
        ("both", "SUBNET", "fastdds.xml"),
    ],
)
def test_clouds_leave_the_computer_in_datagrams_of_one_frame(
    computer: str, discovery: str, profile: str
) -> None:
    arguments = {"computer": computer, "discovery": discovery}
    processes = resolve(launch_file("robot"), arguments).processes
    (fusion,) = [p for p in processes if p.label == "cloud_fusion"]
    used = Path(fusion.environment["FASTDDS_DEFAULT_PROFILES_FILE"])
    assert used.name == profile and used.is_file()


def test_the_thinking_computer_needs_no_driver() -> None:
    """Whatever is asked for: neither the robot's nor the cameras' packages are looked for."""
    arguments = {"start_robot": "true", "start_cameras": "true", "front_serial": "123"}
    description = resolve(launch_file("robot"), {**arguments, "computer": "thinking"})
    assert {p.label for p in description.processes} == {
        "task_planner", "keypoint", "encoder", "policy", "thinking_manager",
    }  # fmt: skip
    assert not [m for m in description.messages if "serial" in m.text]


@pytest.mark.parametrize(
    ("name", "users", "expected"),
    [
        ("sim", None, "LOCALHOST"),
        ("replay", None, "LOCALHOST"),
        ("robot", None, "SUBNET"),
        ("sim", "SUBNET", "SUBNET"),
        ("robot", "LOCALHOST", "LOCALHOST"),
    ],
)
def test_only_the_robot_looks_beyond_this_computer(
    monkeypatch: pytest.MonkeyPatch, name: str, users: str | None, expected: str
) -> None:
    variable = "ROS_AUTOMATIC_DISCOVERY_RANGE"
    monkeypatch.delenv(variable, raising=False)
    if users is not None:
        monkeypatch.setenv(variable, users)
    description = resolve(launch_file(name), FILES[name])
    seen = {process.environment[variable] for process in description.processes}
    assert seen == {expected}
    profile = "fastdds-localhost.xml" if expected == "LOCALHOST" else "fastdds.xml"
    for process in description.processes:
        used = Path(process.environment["FASTDDS_DEFAULT_PROFILES_FILE"])
        assert used.name == profile and used.is_file()
    if name == "robot":
        assert f"{variable}={expected}" in description.messages[0].text


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sim", {"scene": "nosuch"}),
        ("sim", {"rviz": "maybe"}),
        ("sim", {"rviz": "true"}),
        ("sim", {"arm_id": "ur5"}),
        ("robot", {"start_robot": "true"}),
        ("robot", {"start_cameras": "true"}),
        ("robot", {"discovery": "EVERYWHERE"}),
    ],
)
def test_what_is_wrong_or_missing_ends_the_launch_before_anything_runs(
    name: str, wrong: dict[str, str]
) -> None:
    """The real launch goes through the file in order: all checks stand before the first process."""
    with pytest.raises(LaunchError):
        resolve(launch_file(name), {**FILES[name], **wrong})
    entries = yaml.safe_load(launch_file(name).read_text())["launch"]
    kinds = [next(iter(entry)) for entry in entries]
    first = min(kinds.index(kind) for kind in ("node", "include", "executable") if kind in kinds)
    lets = [entry["let"] for entry in entries[:first] if "let" in entry]
    checks = {one["if"] for one in lets if one["value"].startswith("$(find-pkg-")}
    wanted = {"$(var rviz)"} | (
        {"$(var start_robot_of_ros)", "$(var start_cameras_of_ros)"} if name == "robot" else set()
    )
    assert checks == wanted


@pytest.mark.parametrize("name", [*FILES, "gazebo"])
def test_the_top_file_shows_the_arguments_of_what_it_includes(name: str) -> None:
    """`ros2 launch --show-args` does not look into included files."""
    fixed = {"use_sim_time", "manipulation", "managed_nodes"}
    fixed |= {"replay": {"computer"}, "gazebo": {"computer", "security", "keystore"}}.get(
        name, set()
    )
    entries = yaml.safe_load(launch_file("nodes").read_text())["launch"]
    included = {entry["arg"]["name"] for entry in entries if "arg" in entry}
    own = yaml.safe_load(launch_file(name).read_text())["launch"]
    assert included - fixed <= {entry["arg"]["name"] for entry in own if "arg" in entry}


def test_who_moves_the_arm_is_the_one_who_says_by_which_controller() -> None:
    """lifecycle_manager asks the executor; a second place to set it could say something else."""
    for name in ("sim", "robot", "gazebo"):
        sections = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
        told = {node for node, s in sections.items() if "controller" in s["ros__parameters"]}
        assert told <= {"/**/franka_executor"}, name
    for arm_id, controller in (("fr3", ""), ("panda", ""), ("fr3", "/my_controller")):
        executor = ExecutorConfig(arm_id=arm_id, controller=controller)
        manager = LifecycleManagerConfig(arm_id=arm_id, controller=controller)
        assert executor.trajectory_action == manager.trajectory_action


def test_on_the_robot_nothing_moves_without_its_state() -> None:
    sections = yaml.safe_load((ROOT / "config/robot.yaml").read_text())
    assert (
        sections["/**/franka_executor"]["ros__parameters"]["supervision.require_robot_state"]
        is True
    )


def test_a_camera_without_serial_number_is_not_started_and_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """realsense-ros would take any camera."""
    index = tmp_path / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    (index / "realsense2_camera").touch()
    (tmp_path / "share/realsense2_camera/launch").mkdir(parents=True)
    (tmp_path / "share/realsense2_camera/launch/rs_launch.py").touch()
    prefixes = os.pathsep.join([str(tmp_path), os.environ["AMENT_PREFIX_PATH"]])
    monkeypatch.setenv("AMENT_PREFIX_PATH", prefixes)
    told = [m.text for m in resolve(launch_file("robot"), {"start_cameras": "true"}).messages]
    for side in ("front", "left", "right"):
        assert any(f"{side}_serial:=NUMBER" in text for text in told)
        with pytest.raises(LaunchError, match=r"rs_launch\.py"):  # only `ros2 launch` runs Python
            resolve(launch_file("robot"), {"start_cameras": "true", f"{side}_serial": "123"})
    assert not [m for m in resolve(launch_file("robot")).messages if "serial" in m.text]


def test_a_robot_runs_without_franka_ros2() -> None:
    """Nothing of franka_ros2 is looked for, also where start_robot asks for a robot."""
    arguments = {"driver": "fci", "robot_ip": "10.0.0.7", "start_robot": "true"}
    description = resolve(launch_file("robot"), arguments)
    (driver,) = [p for p in description.processes if p.label == "fci_driver"]
    assert driver.respawn and driver.node is not None
    values: dict[str, Any] = {}
    for entry in driver.node.parameters:
        if isinstance(entry, ParameterValues):
            values |= entry.values
    assert values["robot_ip"] == "10.0.0.7" and values["arm_id"] == "fr3"
    assert not [p for p in resolve(launch_file("robot")).processes if p.label == "fci_driver"]


def test_cameras_run_without_realsense_ros() -> None:
    """And without `ros2 launch`: nothing of realsense-ros is looked for."""
    arguments = {"start_cameras": "true", "camera_driver": "pyrealsense2", "front_serial": "0123"}
    description = resolve(launch_file("robot"), arguments)
    (driver,) = [p for p in description.processes if p.label == "realsense"]
    assert driver.respawn and driver.node is not None
    values = {}
    for entry in driver.node.parameters:
        if isinstance(entry, ParameterValues):
            values |= entry.values
    assert values == {"front.serial": "0123", "left.serial": "", "right.serial": ""}
    told = [m.text for m in description.messages]
    assert [side for side in ("front", "left", "right") if any(f"{side}_s" in t for t in told)] == [
        "left",
        "right",
    ]
    assert not [p for p in resolve(launch_file("robot")).processes if p.label == "realsense"]


def test_only_an_arm_that_franka_ros2_has_a_launch_file_for_is_started() -> None:
    with pytest.raises(LaunchError, match="franka_panda_moveit_config"):
        resolve(launch_file("robot"), {"start_robot": "true", "arm_id": "panda"})


def test_a_d405_has_the_same_colour_profile_as_the_others() -> None:
    """realsense-ros reads it from the depth module, where the D405's colour comes from."""
    entries = yaml.safe_load(launch_file("robot").read_text())["launch"]
    groups = [e["group"] for e in entries if "start_cameras" in e.get("group", {}).get("if", "")]
    assert len(groups) == 3
    for group in groups:
        values = {a["name"]: a["value"] for a in group["children"][-1]["include"]["arg"]}
        assert values["depth_module.color_profile"] == values["rgb_camera.color_profile"]


def test_serial_numbers_arrive_as_text() -> None:
    text = launch_file("robot").read_text()
    for side in ("front", "left", "right"):
        assert f'value: "_$(var {side}_serial)"' in text


def test_the_fingers_of_the_started_robot_reach_joint_states() -> None:
    entries = yaml.safe_load(launch_file("robot").read_text())["launch"]
    (group,) = [
        e["group"] for e in entries if e.get("group", {}).get("if") == "$(var start_robot_of_ros)"
    ]
    assert group["children"][0]["set_remap"] == {
        "from": "fr3_gripper/joint_states",
        "to": "$(var stack_prefix)/franka_gripper/joint_states",
    }
