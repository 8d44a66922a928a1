"""Names of topics, services and actions as other nodes see them."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from rclpy.node import Node

M = TypeVar("M", bound=BaseModel)


def full_name(node: Node, name: str) -> str:
    """A name as it is known outside of the node: a relative one is in the node's namespace."""
    return name if name.startswith("/") else f"{node.get_namespace().rstrip('/')}/{name}"


def with_full_names(node: Node, settings: M, *fields: str) -> M:
    """Settings whose names are full ones, so that messages tell people which arm's they are.

    Args:
        node: in whose namespace relative names are.
        settings: frozen; stay as they are.
        fields: those that are names; an empty one stays empty.
    """
    names = {field: getattr(settings, field) for field in fields}
    return settings.model_copy(
        update={field: full_name(node, name) for field, name in names.items() if name}
    )
