"""The Python classes of messages by type name, for any interface package that is installed."""

from __future__ import annotations

import importlib
from typing import Any

from clap_data.bags.definitions import FEEDBACK_SUFFIX, UnknownTypeError, type_parts


def message_class(type_name: str) -> Any:
    """The Python class of a message type.

    Args:
        type_name: for example ``std_msgs/msg/String``.

    Raises:
        UnknownTypeError: its package is not installed or has no such type.
    """
    package, folder, name = type_parts(type_name)
    try:
        module = importlib.import_module(f"{package}.{folder}")
        if folder == "action" and name.endswith(FEEDBACK_SUFFIX):
            return getattr(module, name.removesuffix(FEEDBACK_SUFFIX)).Impl.FeedbackMessage
        return getattr(module, name)
    except (ImportError, AttributeError) as error:
        raise UnknownTypeError(type_name) from error
