"""The messages of a bag, read and written by the definitions of their types, without ROS."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from rosbags.interfaces import Connection, MessageDefinitionFormat, Nodetype
from rosbags.serde import SerdeError
from rosbags.typesys import (
    Stores,
    TypesysError,
    get_types_from_idl,
    get_types_from_msg,
    get_typestore,
)

from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.definitions import Definitions, UnknownTypeError, type_parts

_ENCAPSULATION_BYTES = 4
_UNREADABLE = (
    SerdeError, TypesysError, struct.error, ValueError, LookupError, AssertionError, MemoryError,
)  # fmt: skip
"""What rosbags raises at malformed definitions and bytes."""


class MessageReader:
    """Reads messages of the types of ROS, those that a bag defines, and those that are installed.

    A message has the attributes that rclpy's class of it has; arrays of numbers are numpy's, and
    may be views of the bytes.
    """

    def __init__(self) -> None:
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._installed = Definitions(self._typestore)

    def read(self, connection: Connection, data: bytes, type_name: str = "") -> Any:
        """A message of its bytes.

        Args:
            connection: of the message.
            data: as they are in the bag.
            type_name: of the message where the connection may say another; else the connection's.

        Raises:
            ClapError: INVALID_REQUEST if the type is not known, or the bytes do not fit it.
        """
        name = type_name or connection.msgtype
        try:
            return self._deserialised(self._known(connection, name), data)
        except UnknownTypeError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the type {name} of {connection.topic} is defined neither in the bag nor here",
                "Install the package of the type and source it, or record again with this stack",
            ) from error
        except _UNREADABLE as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"a message on {connection.topic} is not a {name}: "
                f"{str(error).strip() or type(error).__name__}",
                "Copy the bag again from its source, or record again",
            ) from error

    def _deserialised(self, type_name: str, data: bytes) -> Any:
        # Not by the store's own method: it refuses the spare bytes that rclpy leaves at the end
        # of a message whose last sequences are empty, such as joint states without efforts.
        if data[:2] not in (b"\0\0", b"\0\1"):
            raise ValueError("it is not encoded as plain CDR")
        definition = self._typestore.get_msgdef(type_name)
        decode = definition.deserialize_cdr_le if data[1] else definition.deserialize_cdr_be
        content = memoryview(data)[_ENCAPSULATION_BYTES:]
        message, _ = decode(content, 0, definition.cls, self._typestore)
        return message

    def _known(self, connection: Connection, type_name: str) -> str:
        """The name in the store of a type, which is put there first."""
        name = "/".join(type_parts(type_name))
        if name in self._typestore.fielddefs:
            return name
        definition = connection.msgdef
        if definition.format is MessageDefinitionFormat.MSG:
            types = get_types_from_msg(definition.data, name)
        elif definition.format is MessageDefinitionFormat.IDL:
            types = get_types_from_idl(definition.data)
        else:
            return self._installed.add(name)
        known = self._typestore.fielddefs
        self._typestore.register({key: types[key] for key in types.keys() - known.keys()})
        return name


class MessageWriter:
    """Makes messages' bytes of their fields."""

    def __init__(self) -> None:
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._definitions = Definitions(self._typestore)

    def definition(self, type_name: str) -> tuple[str, str]:
        """The definition of a type and its hash, as a bag keeps them.

        Raises:
            ClapError: INVALID_REQUEST if its package is not installed.
        """
        try:
            return self._definitions.get(type_name)
        except UnknownTypeError as error:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the definition of {error} is not found",
                "Source the workspace that clap_msgs was built in, or run it as `./clap ...`",
            ) from error

    def write(self, type_name: str, fields: Mapping[str, Any]) -> memoryview:
        """A message's bytes.

        Args:
            type_name: whose definition was asked for before.
            fields: by name; messages inside are mappings again. What is left out is zero or empty.

        Raises:
            KeyError: the type has no such field.
        """
        package, _, name = type_parts(type_name)
        stored = f"{package}/msg/{name}"
        return self._typestore.serialize_cdr(self._message(stored, fields), stored)

    def _message(self, type_name: str, fields: Mapping[str, Any]) -> Any:
        nodes = dict(self._typestore.fielddefs[type_name][1])
        if unknown := fields.keys() - nodes.keys():
            raise KeyError(f"{type_name} has no {', '.join(sorted(unknown))}")
        values = {name: self._value(node, fields.get(name)) for name, node in nodes.items()}
        return self._typestore.types[type_name](**values)

    def _value(self, node: Any, value: Any) -> Any:
        kind, content = node
        if kind is Nodetype.NAME:
            return self._message(content, value or {})
        if kind is Nodetype.BASE:
            return _number_or_text(content[0], value)
        (part, of_part), count = content
        if part is Nodetype.BASE and of_part[0] != "string":
            default = np.zeros(count if kind is Nodetype.ARRAY else 0)
            return np.asarray(default if value is None else value, dtype=of_part[0])
        return [self._value((part, of_part), item) for item in ([] if value is None else value)]


def _number_or_text(kind: str, value: Any) -> Any:
    if kind == "string":
        return value or ""
    if kind == "bool":
        return bool(value)
    if kind.startswith("float"):
        return float(value or 0.0)
    return int(value or 0)
