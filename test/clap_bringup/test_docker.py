"""The Docker files fit the repository. (No image is built here.)"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
# Instructions without comments, continued lines joined.
INSTRUCTIONS = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE)).splitlines()
    if line.strip()
]
PACKAGES = {path.parent.name for path in (ROOT / "src").rglob("package.xml")}
SERVICES: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]


def test_every_copied_path_exists_and_reaches_the_builder() -> None:
    allowed = [
        line.removeprefix("!")
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [
        source for name, text in INSTRUCTIONS if name == "COPY" for source in text.split()[:-1]
    ]
    assert {"src", "launch", "config", "models"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in allowed), source


def test_the_image_is_the_official_one_with_a_tag() -> None:
    assert ["FROM", "ros:jazzy-ros-base-noble"] in INSTRUCTIONS


def test_skipped_keys_are_pinned_instead() -> None:
    keys = re.findall(r"python3-(\w+)-pip", DOCKERFILE)
    pins = (ROOT / "src/clap_cli/bootstrap/pins.txt").read_text()
    assert keys
    for key in keys:
        assert re.search(rf"(?m)^{key}==", pins), key


def test_pip_keys_of_the_packages_are_skipped() -> None:
    used = {
        key
        for path in (ROOT / "src").rglob("package.xml")
        for key in re.findall(r">(python3-[\w-]+-pip)<", path.read_text())
    }
    assert used == set(re.findall(r"python3-\w+-pip", DOCKERFILE))


@pytest.mark.parametrize("service", SERVICES)
def test_services_start_what_exists(service: str) -> None:
    command = SERVICES[service]["command"]
    assert command[:2] == ["ros2", "launch"]
    assert command[2] in PACKAGES
    launch_file = ROOT / "launch" / command[3]
    arguments = command[4:]
    declared = {
        entry["arg"]["name"]
        for entry in yaml.safe_load(launch_file.read_text())["launch"]
        if "arg" in entry
    }
    assert {argument.split(":=")[0] for argument in arguments} <= declared


def pins_of(groups: str, folder: Path) -> set[str]:
    """The packages that the Dockerfile's own command leaves for some groups."""
    (command,) = [text for name, text in INSTRUCTIONS if name == "RUN" and "groups.py" in text]
    lines = [part.strip() for part in command.split("&&")]
    wanted = [line for line in lines if "pins" in line and "pip install" not in line]
    assert len(wanted) == 2
    (folder / "bootstrap").symlink_to(ROOT / "src/clap_cli/bootstrap")
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", " && ".join(wanted)],
        check=True,
        cwd=folder,
        env={**os.environ, "PIN_GROUPS": groups},
    )
    text = (folder / "pins.txt").read_text() + (folder / "pins-without-ros.txt").read_text()
    return {line.split("==")[0] for line in text.splitlines()}


def test_an_image_holds_the_groups_that_it_is_built_for(tmp_path: Path) -> None:
    (argument,) = [text for name, text in INSTRUCTIONS if name == "ARG" and "PIN_GROUPS" in text]
    default = argument.removeprefix("PIN_GROUPS=")
    assert set(default.split(",")) == {"runtime", "sim", "train"}
    for number, (groups, there, absent) in enumerate(
        (
            (
                default.removeprefix("PIN_GROUPS="),
                {"mujoco", "torch", "pydantic"},
                {"pytest-timeout"},
            ),
            ("runtime", {"pydantic", "numpy", "pin"}, {"mujoco", "torch", "open3d"}),
        )
    ):
        (folder := tmp_path / str(number)).mkdir()
        found = pins_of(groups, folder)
        assert there <= found and not absent & found, groups


def test_the_robot_s_image_has_only_what_its_nodes_need() -> None:
    assert SERVICES["robot"]["build"]["args"] == {"PIN_GROUPS": "runtime"}
    assert SERVICES["robot"]["image"] != SERVICES["simulation"]["image"], "one would be the other"
    assert "args" not in SERVICES["simulation"]["build"]


def test_a_wrong_group_ends_the_build() -> None:
    program = ROOT / "src/clap_cli/bootstrap/groups.py"
    done = subprocess.run(
        [sys.executable, str(program), "runtme"], input="", capture_output=True, text=True
    )
    assert done.returncode != 0 and "'runtme'" in done.stderr


def test_the_three_sides_are_there() -> None:
    assert set(SERVICES) == {"simulation", "models", "robot"}
    assert not [name for name, service in SERVICES.items() if "deploy" in service]  # no GPU wanted
    assert SERVICES["robot"]["ulimits"]["rtprio"] == 99
    assert all(service["network_mode"] == "host" for service in SERVICES.values())


def test_what_stops_a_container_is_what_ends_ros2_launch_with_its_nodes() -> None:
    assert ["STOPSIGNAL", "SIGINT"] in INSTRUCTIONS
    assert {service["stop_signal"] for service in SERVICES.values()} == {"SIGINT"}


def test_the_default_command_is_the_simulation() -> None:
    assert ["CMD", '["ros2", "launch", "clap_bringup", "sim.launch.yaml"]'] in INSTRUCTIONS


def test_robot_and_models_are_the_two_halves_of_the_stack() -> None:
    halves = {"robot": "computer:=robot", "models": "computer:=thinking"}
    for service, half in halves.items():
        assert SERVICES[service]["command"][3:] == ["robot.launch.yaml", half]


def test_entrypoint_is_a_valid_program() -> None:
    script = DOCKER / "entrypoint.sh"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
