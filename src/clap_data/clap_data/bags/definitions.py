"""Message definitions by type name, for any interface package that is installed.

They are text files in the share folders below AMENT_PREFIX_PATH; nothing of ROS is imported.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

FEEDBACK_SUFFIX = "_FeedbackMessage"


class UnknownTypeError(LookupError):
    """An interface package that would be needed is not installed."""


class Definitions:
    """Collects the definitions that a bag embeds; reads each installed file once.

    Args:
        typestore: where they go, and whose types need not be installed; an empty one if None.
    """

    def __init__(self, typestore: Typestore | None = None) -> None:
        self._typestore = typestore or get_typestore(Stores.EMPTY)

    def get(self, type_name: str) -> tuple[str, str]:
        """The definition of a type with all that it is made of, and its hash.

        Args:
            type_name: for example ``std_msgs/msg/String``.

        Returns:
            Definition text in the format of rosbag2 and its RIHS01 hash.

        Raises:
            UnknownTypeError: a package is not installed.
        """
        as_message = self.add(type_name)
        text, _ = self._typestore.generate_msgdef(as_message, ros_version=2)
        if as_message == type_name:
            return text, self._typestore.hash_rihs01(type_name)
        return text, _hash_as_read(text, type_name)

    def add(self, type_name: str) -> str:
        """Take a type and all that it is made of into the store.

        Returns:
            The name under which it stands there, which knows only messages.

        Raises:
            UnknownTypeError: a package is not installed.
        """
        as_message = _as_message(type_name)
        if as_message in self._typestore.fielddefs:
            return as_message
        types = get_types_from_msg(_definition(type_name), as_message)
        for fields in (definition[1] for definition in types.values()):
            for _, node in fields:
                self._add_parts(node, type_name)
        self._typestore.register(types)
        return as_message

    def _add_parts(self, node: Any, owner: str) -> None:
        kind, value = node
        if kind is Nodetype.NAME:
            self.add(_part_of(owner, value))
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            self._add_parts(value[0], owner)


def _as_message(type_name: str) -> str:
    """The name under which a type stands in a bag's definitions, which know only messages."""
    package, _, name = type_parts(type_name)
    return f"{package}/msg/{name}"


def type_parts(type_name: str) -> tuple[str, str, str]:
    """Package, folder and name of a type; ROS 1 wrote no folder.

    Raises:
        UnknownTypeError: it is no name of a type.
    """
    parts = type_name.split("/")
    if len(parts) == 2:
        parts.insert(1, "msg")
    if len(parts) != 3 or not all(re.fullmatch(r"\w+", part) for part in parts):
        raise UnknownTypeError(type_name)
    return parts[0], parts[1], parts[2]


def _part_of(owner: str, part: str) -> str:
    """The real name of a field's type: an action's feedback is a part of the action."""
    package, _, name = type_parts(part)
    if owner.endswith(FEEDBACK_SUFFIX) and name.endswith("_Feedback"):
        return f"{package}/action/{name}"
    return part


def _hash_as_read(text: str, type_name: str) -> str:
    """The hash that a reader computes of an action's part from its embedded definition.

    The type's own hash would not do: readers check the embedded definition against it, and that
    cannot say that the parts of an action are no messages.
    """
    typestore = get_typestore(Stores.EMPTY)
    typestore.register(get_types_from_msg(text, type_name))
    return typestore.hash_rihs01(type_name)


def _definition(type_name: str) -> str:
    """The text of a type's definition, from its package's share folder."""
    package, folder, name = type_parts(type_name)
    if folder == "action":
        return _action_definition(package, name)
    return _share_file(package, folder, f"{name}.msg")


def _action_definition(package: str, name: str) -> str:
    """Actions have one file for all parts; feedback travels wrapped together with its goal's id."""
    if name.endswith(FEEDBACK_SUFFIX):
        feedback = f"{name.removesuffix(FEEDBACK_SUFFIX)}_Feedback"
        return f"unique_identifier_msgs/UUID goal_id\n{package}/{feedback} feedback\n"
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
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        path = Path(prefix, "share", package, folder, file)
        if prefix and path.is_file():
            return path.read_text()
    raise UnknownTypeError(f"{package}/{folder}/{file}")
