"""Message definitions and classes by type name, for any interface package that is installed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

_FEEDBACK = "_FeedbackMessage"


class UnknownTypeError(LookupError):
    """An interface package that would be needed is not installed."""


def message_class(type_name: str) -> Any:
    """The Python class of a message type.

    Args:
        type_name: for example ``std_msgs/msg/String``.

    Raises:
        UnknownTypeError: its package is not installed or has no such type.
    """
    package, folder, name = type_name.split("/")
    try:
        module = importlib.import_module(f"{package}.{folder}")
        if folder == "action" and name.endswith(_FEEDBACK):
            return getattr(module, name.removesuffix(_FEEDBACK)).Impl.FeedbackMessage
        return getattr(module, name)
    except (ImportError, AttributeError) as error:
        raise UnknownTypeError(type_name) from error


class Definitions:
    """Collects the definitions that a bag embeds; reads each installed file once."""

    def __init__(self) -> None:
        self.typestore: Typestore = get_typestore(Stores.EMPTY)

    def add(self, type_name: str) -> None:
        """Make a type and everything it is made of known to ``typestore``.

        Raises:
            UnknownTypeError: a package is not installed.
        """
        if type_name in self.typestore.fielddefs:
            return
        types = get_types_from_msg(_definition(type_name), type_name)
        for fields in (definition[1] for definition in types.values()):
            for _, node in fields:
                self._add_parts(node)
        self.typestore.register(types)

    def _add_parts(self, node: Any) -> None:
        kind, value = node
        if kind is Nodetype.NAME:
            self.add(value)
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            self._add_parts(value[0])


def _definition(type_name: str) -> str:
    """The text of a type's definition, from its package's share folder."""
    package, folder, name = type_name.split("/")
    if folder == "action":
        return _action_definition(package, name)
    return _share_file(package, folder, f"{name}.msg")


def _action_definition(package: str, name: str) -> str:
    """Actions have one file for all parts; feedback travels wrapped together with its goal's id."""
    if name.endswith(_FEEDBACK):
        feedback = f"{name.removesuffix(_FEEDBACK)}_Feedback"
        return f"unique_identifier_msgs/UUID goal_id\n{package}/action/{feedback} feedback\n"
    action, _, part = name.rpartition("_")
    sections = [""]
    for line in _share_file(package, "action", f"{action}.action").splitlines():
        if line.strip() == "---":
            sections.append("")
        else:
            sections[-1] += f"{line}\n"
    try:
        return sections[("Goal", "Result", "Feedback").index(part)]
    except (ValueError, IndexError) as error:
        raise UnknownTypeError(f"{package}/action/{name}") from error


def _share_file(package: str, folder: str, file: str) -> str:
    try:
        return (Path(get_package_share_directory(package)) / folder / file).read_text()
    except (PackageNotFoundError, OSError, ValueError) as error:
        raise UnknownTypeError(f"{package}/{folder}/{file}") from error
