"""A ROS install with Gazebo, of empty packages: enough to see what gazebo.launch.yaml would start.

Our runner leaves two things of that file to `ros2 launch`, programs that are asked for a text and
Python files; here both are written down instead.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from clap_launch import evaluate, resolve
from clap_launch.context import Context
from clap_launch.description import Description, NodeDetails, ParameterValues
from clap_launch.document import Element
from clap_launch.errors import Location
from clap_launch.resolve import _Resolver

ROOT = Path(__file__).parents[2]
LAUNCH_FILE = ROOT / "launch/gazebo.launch.yaml"
PROGRAMS = {
    "ros_gz_sim": ["create"],
    "ros_gz_bridge": ["parameter_bridge"],
    "controller_manager": ["spawner"],
    "robot_state_publisher": ["robot_state_publisher"],
    "tf2_ros": ["static_transform_publisher"],
    "gz_ros2_control": [],
    "joint_trajectory_controller": [],
    "joint_state_broadcaster": [],
    "franka_description": [],
    "xacro": [],
    "rviz2": ["rviz2"],
}
WORLD = "/a/folder/of/the/world"


@dataclass
class Seen:
    """What a resolution came to.

    Attributes:
        description: processes and all that our runner knows.
        commands: programs that were asked for a text, as words.
        included: Python files with their arguments.
        environment: that of the Python file that comes last, which starts Gazebo.
    """

    description: Description
    commands: list[list[str]] = field(default_factory=list)
    included: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def node(self, name: str) -> NodeDetails:
        """The one node of that name."""
        found = [p.node for p in self.description.processes if p.node and p.node.name == name]
        (node,) = found
        return node

    def words(self, name: str) -> list[str]:
        """Words of its command line, its program left out."""
        (process,) = [p for p in self.description.processes if p.node and p.node.name == name]
        return list(process.command[1:])

    def parameters(self, name: str) -> dict[str, Any]:
        """Values that the launch file itself gives to a node."""
        values: dict[str, Any] = {}
        for entry in self.node(name).parameters:
            if isinstance(entry, ParameterValues):
                values |= entry.values
        return values


def install(prefix: Path, monkeypatch: pytest.MonkeyPatch, without: str = "") -> None:
    """Put the packages into a folder and the folder in front of what is installed.

    Args:
        prefix: the folder.
        monkeypatch: changes the environment for the test.
        without: a package that is then nowhere, even on a ROS install that has it.
    """
    index = prefix / "share/ament_index/resource_index/packages"
    index.mkdir(parents=True)
    for package in PROGRAMS.keys() - {without}:
        (index / package).touch()
        (prefix / "share" / package).mkdir()
        for program in PROGRAMS[package]:
            path = prefix / "lib" / package / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o755)
    marker = f"share/ament_index/resource_index/packages/{without or 'none'}"
    others = os.environ["AMENT_PREFIX_PATH"].split(os.pathsep)
    prefixes = [str(prefix), *(other for other in others if not (Path(other) / marker).exists())]
    monkeypatch.setenv("AMENT_PREFIX_PATH", os.pathsep.join(prefixes))


def see(monkeypatch: pytest.MonkeyPatch, **arguments: str) -> Seen:
    """Resolve the file as `ros2 launch` would."""
    seen = Seen(Description(LAUNCH_FILE))

    def command(words: list[str], _: Context, __: Location) -> str:
        seen.commands.append(shlex.split(words[0]))
        assert words[1:] == ["warn"], "what a program says on stderr must not end the launch"
        return "<robot/>" if words[0].startswith("xacro") else WORLD

    def include(resolver: _Resolver, element: Element) -> None:
        path = resolver._text(element, "file")
        if not path.endswith(".py"):
            include_yaml(resolver, element)
            return
        given = {
            resolver._text(argument, "name"): resolver._text(argument, "value")
            for argument in element.elements.get("arg", [])
        }
        seen.included.append((path, given))
        seen.environment = dict(resolver._context.scope.environment)

    include_yaml = _Resolver._include
    table = {**evaluate._SUBSTITUTIONS, "command": (command, 1, 2)}
    with monkeypatch.context() as patch:
        patch.setattr(evaluate, "_SUBSTITUTIONS", table)
        patch.delitem(evaluate.NOT_HERE, "command")
        patch.setattr(_Resolver, "_include", include)
        seen.description = resolve(LAUNCH_FILE, arguments)
    return seen
