"""Reads a YAML launch file into elements that remember their lines.

The format is ROS 2's (design.ros2.org/articles/roslaunch_xml.html and the ``launch_yaml`` front
end): one root ``launch``, below it a list of single-key mappings, each key a tag. Only the shape is
checked here; which tags and attributes exist is the schema's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from clap_launch.errors import LaunchError, Location

Scalar = str | int | float | bool


@dataclass(frozen=True)
class Attribute:
    """One ``name: value`` of an element.

    Args:
        value: a scalar, or a list of scalars.
        place: where the value stands.
    """

    value: Scalar | list[Scalar]
    place: Location


@dataclass(frozen=True)
class Element:
    """One tag of a launch file.

    Args:
        tag: its name, for example ``node``.
        place: where it stands.
        attributes: scalars and lists of scalars by name.
        elements: lists of mappings by name, for example a node's ``param`` and ``remap``.
        children: the tags inside a ``launch``, ``group`` or ``timer``.
    """

    tag: str
    place: Location
    attributes: dict[str, Attribute] = field(default_factory=dict)
    elements: dict[str, list[Element]] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)


def read(path: Path) -> Element:
    """Parse a launch file.

    Args:
        path: the file.

    Returns:
        Its root element, with the tag ``launch``.

    Raises:
        LaunchError: the file is missing, is not YAML, or does not have a launch file's shape.
    """
    here = Location(path, 1)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(here, f"cannot be read: {error}", "Check the path") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or str(error)
        raise LaunchError(
            Location(path, line), f"is not valid YAML: {problem}", "Correct the syntax"
        ) from error
    return _Reader(path).root(root)


class _Reader:
    """Turns PyYAML's node graph of one file into elements."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loader = yaml.SafeLoader("")

    def root(self, node: yaml.Node | None) -> Element:
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            place = self._place(node) if node is not None else Location(self._path, 1)
            raise LaunchError(
                place,
                "a launch file has exactly one root",
                "Start the file with 'launch:' and indent everything under it",
            )
        key, value = node.value[0]
        if key.value != "launch":
            raise LaunchError(
                self._place(key),
                f"the root is '{key.value}'",
                "Call the root 'launch'",
            )
        return self._element("launch", value, self._place(key))

    def _place(self, node: yaml.Node) -> Location:
        return Location(self._path, node.start_mark.line + 1)

    def _element(self, tag: str, node: yaml.Node, place: Location) -> Element:
        if isinstance(node, yaml.SequenceNode):
            return Element(tag, place, children=self._children(node))
        if not isinstance(node, yaml.MappingNode):
            raise LaunchError(
                place,
                f"'{tag}' holds a single value",
                f"Give '{tag}' its attributes, indented",
            )
        element = Element(tag, place)
        for key, value in node.value:
            name = str(key.value)
            if name in element.attributes or name in element.elements:
                raise LaunchError(
                    self._place(key),
                    f"'{name}' is given twice in '{tag}'",
                    "Keep one of them",
                )
            if name == "children":
                if not isinstance(value, yaml.SequenceNode):
                    raise LaunchError(
                        self._place(key),
                        "'children' is not a list",
                        "Write a list of tags",
                    )
                element.children.extend(self._children(value))
            elif self._holds_mappings(value):
                element.elements[name] = [
                    self._element(name, item, self._place(item)) for item in value.value
                ]
            else:
                element.attributes[name] = Attribute(self._value(name, value), self._place(key))
        return element

    @staticmethod
    def _holds_mappings(node: yaml.Node) -> bool:
        return isinstance(node, yaml.SequenceNode) and any(
            isinstance(item, yaml.MappingNode) for item in node.value
        )

    def _children(self, node: yaml.SequenceNode) -> list[Element]:
        children = []
        for item in node.value:
            if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
                raise LaunchError(
                    self._place(item),
                    "an item of this list is not one tag",
                    "Write each item as '- tag:' with its attributes indented below it",
                )
            key, value = item.value[0]
            children.append(self._element(str(key.value), value, self._place(key)))
        return children

    def _value(self, name: str, node: yaml.Node) -> Scalar | list[Scalar]:
        value: Any = self._loader.construct_object(node, deep=True)
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, (str, int, float, bool)) for item in items):
            raise LaunchError(
                self._place(node),
                f"the value of '{name}' is neither text, number, boolean nor a list of these",
                "Quote it if it is meant as text",
            )
        result: Scalar | list[Scalar] = value
        return result
