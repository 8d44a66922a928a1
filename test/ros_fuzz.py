"""Hypothesis strategies for whatever a publisher may legally send, by a message's field types."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hypothesis import strategies as st
from rosidl_parser import definition as idl

MAX_ITEMS = 12
"""Elements of an unbounded sequence. Sizes beyond it are a test's own examples."""

_FLOAT_BITS = {"float": 32, "double": 64}


def messages(message_type: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Messages of a ROS type: empty and odd sizes, NaN, inf, control characters, any stamp.

    Args:
        message_type: generated class of a message.
        fields: strategies of fields that need more than their type says, such as joint names that
            a node listens to.
    """
    names = message_type.get_fields_and_field_types()  # type: ignore[attr-defined]
    types = message_type.SLOT_TYPES  # type: ignore[attr-defined]
    of_types = {name: _values(type_) for name, type_ in zip(names, types, strict=True)}
    return st.fixed_dictionaries(of_types | fields).map(lambda values: message_type(**values))


def _values(type_: idl.AbstractType) -> st.SearchStrategy[Any]:
    if isinstance(type_, idl.NamespacedType):
        return messages(_message_class(type_))
    if isinstance(type_, idl.Array):
        return st.lists(_values(type_.value_type), min_size=type_.size, max_size=type_.size)
    if isinstance(type_, idl.BoundedSequence):
        most = min(type_.maximum_size, MAX_ITEMS)
        return st.lists(_values(type_.value_type), max_size=most)
    if isinstance(type_, idl.UnboundedSequence):
        return st.lists(_values(type_.value_type), max_size=MAX_ITEMS)
    if isinstance(type_, idl.AbstractGenericString):
        # DDS ends a string at the first NUL; surrogates have no UTF-8.
        letters = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
        return st.text(letters, max_size=MAX_ITEMS)
    assert isinstance(type_, idl.BasicType)
    return _basic(type_.typename)


def _basic(name: str) -> st.SearchStrategy[Any]:
    if name in _FLOAT_BITS:
        return st.floats(width=_FLOAT_BITS[name])  # type: ignore[arg-type]
    if name == "boolean":
        return st.booleans()
    if name == "octet":
        return st.binary(min_size=1, max_size=1)
    bits = int(name.removeprefix("u").removeprefix("int"))
    if name.startswith("u"):
        return st.integers(0, 2**bits - 1)
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _message_class(type_: idl.NamespacedType) -> type:
    found = getattr(import_module(".".join(type_.namespaces)), type_.name)
    assert isinstance(found, type)
    return found
