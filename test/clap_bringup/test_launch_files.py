"""The shipped launch and configuration files: they resolve, and every parameter exists."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from clap_launch import resolve
from clap_launch.arguments import declared
from clap_launch.description import ParameterFile, ParameterValues

ROOT = Path(__file__).parents[2]
FILES = {"sim": {}, "robot": {}, "replay": {"bag": "some/bag"}}
NODE_MODULES = {
    "simulation": ["clap_sim.simulation.node"],
    "cloud_fusion": ["clap_perception.cloud_fusion.node"],
    "keypoint": ["clap_perception.keypoint.node"],
    "clar": ["clap_perception.clar.node"],
    "task_planner": ["clap_manipulation.task_planner.node"],
    "franka_executor": ["clap_manipulation.franka_executor.node"],
    "task_executive": ["clap_manipulation.task_executive.node"],
    "lifecycle_manager": ["clap_bringup.lifecycle_manager.node"],
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
    """Parameters of the models that a node's module uses."""
    found = {"use_sim_time"}
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


@pytest.mark.parametrize("name", ["sim", "robot"])
def test_every_parameter_of_a_configuration_is_one_of_its_node(name: str) -> None:
    sections = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    for node, section in sections.items():
        unknown = set(section["ros__parameters"]) - declared_by(node.lstrip("/"))
        # A nested section is a prefix of its parameters' names.
        prefixes = {p.split(".")[0] for p in declared_by(node.lstrip("/"))}
        assert unknown <= prefixes, f"{node} has no parameter {unknown - prefixes}"


@pytest.mark.parametrize("name", [*FILES, "nodes"])
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


def test_managed_nodes_are_those_that_are_started() -> None:
    for name, arguments in FILES.items():
        processes = {p.label: p for p in resolve(launch_file(name), arguments).processes}
        node = processes["lifecycle_manager"].node
        assert node is not None
        (managed,) = [
            entry.values["nodes"]
            for entry in node.parameters
            if isinstance(entry, ParameterValues) and "nodes" in entry.values
        ]
        assert isinstance(managed, list)
        assert set(managed) <= set(processes), name
