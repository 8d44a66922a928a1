"""What a launch file sees while it is resolved: arguments, environment, namespace, defaults."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Scope:
    """The part that a ``group`` saves and restores.

    Args:
        configurations: values of arguments and of ``let``, by name.
        environment: the processes' environment.
        namespace: what ``push_ros_namespace`` left, or None.
        parameters: what ``set_parameter`` left: ``(name, value)``; or a file from
            ``set_parameters_from_file``.
        remaps: what ``set_remap`` left, as ``(from, to)``.
    """

    configurations: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    parameters: list[tuple[str, Any] | Path] = field(default_factory=list)
    remaps: list[tuple[str, str]] = field(default_factory=list)

    def copy(self) -> Scope:
        """An independent copy."""
        return copy.deepcopy(self)


@dataclass
class Context:
    """The state of a resolution.

    Args:
        scope: the current scope.
        files: launch files being resolved, outermost first.
        initial_environment: what a group without forwarding goes back to.
    """

    scope: Scope
    files: list[Path]
    initial_environment: dict[str, str]

    @property
    def file(self) -> Path:
        """The launch file being resolved."""
        return self.files[-1]
