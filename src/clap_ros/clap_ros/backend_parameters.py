"""The settings of a replaceable backend as parameters of the node that uses it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from rclpy.node import Node

from clap_core import backends
from clap_ros.parameters import Parameters, declare


class BackendParameters:
    """Declares a backend's settings under its name, e.g. ``baseline.voxel_m``, and makes it.

    Args:
        node: that declares them.
        group: the backends' capability, a constant of ``clap_core.backends``.
    """

    def __init__(self, node: Node, group: str) -> None:
        self._node = node
        self._group = group
        self._declared: dict[str, Parameters[BaseModel]] = {}

    def declare(self, name: str) -> None:
        """Declare the settings of the backend `name`, once; does nothing if there is none."""
        if name in self._declared or name not in backends.available(self._group):
            return
        model = backends.settings_type(self._group, name)
        self._declared[name] = declare(self._node, model, prefix=f"{name}.")

    def create(self, name: str) -> Any:
        """Make the backend `name` with its settings as the parameters say now.

        Raises:
            ClapError: INVALID_REQUEST when there is none or a setting is invalid.
        """
        self.declare(name)
        declared = self._declared.get(name)
        return backends.create(self._group, name, declared.read() if declared else None)
