"""A replaceable backend in a node: its parameters, its life, its thinking beside the executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from rclpy.node import Node

from clap_core.backends import Backend
from clap_core.errors import ClapError
from clap_ros.backend_parameters import BackendParameters
from clap_ros.thinking import Thinking

B = TypeVar("B", bound=Backend)


class HostedBackend(Generic[B]):
    """Makes and warms up a backend when its node configures, and closes it in cleanup.

    Args:
        node: the host; it declares the backend's settings as parameters.
        group: the backend's capability, a constant of ``clap_core.backends``.
        name: of the backend whose settings are declared now.
    """

    def __init__(self, node: Node, group: str, name: str) -> None:
        self._node = node
        self._parameters = BackendParameters(node, group)
        self._parameters.declare(name)
        self._name = ""
        self._backend: B | None = None
        self._thinking: Thinking | None = None

    @property
    def is_there(self) -> bool:
        """Whether it is configured."""
        return self._backend is not None

    def configure(self, name: str, timeout_s: float) -> None:
        """Make the backend and warm it up.

        Args:
            name: of its entry point.
            timeout_s: for one request, wall clock.

        Raises:
            ClapError: for a name, settings or weights that cannot be used.
        """
        self.close()
        backend = self._parameters.create(name)
        backend.warm_up()
        self._name, self._backend = name, backend
        self._thinking = Thinking(self._node, f"the backend '{name}'", timeout_s)

    async def run(self, work: Callable[[B], Any]) -> Any:
        """What `work` makes of the backend, on the backend's thread; only once configured.

        Raises:
            ClapError: what `work` raises, and TIMEOUT or BUSY of a backend that does not come back.
        """
        backend, thinking = self._backend, self._thinking
        assert backend is not None and thinking is not None
        return await thinking.run(lambda: work(backend))

    def stop(self, error: ClapError) -> None:
        """End all waits with an error."""
        if self._thinking is not None:
            self._thinking.stop(error)

    def close(self) -> None:
        """Let the backend go; one that hangs is left to its thread, which still uses it."""
        if self._backend is not None and self._thinking is not None and not self._thinking.busy_s:
            self._backend.close()
        self._backend = self._thinking = None

    def figures(self) -> dict[str, object]:
        """Figures for /diagnostics: what it is, where it computes, how long it has been busy."""
        if self._backend is None or self._thinking is None:
            return {}
        return {
            "backend": self._name,
            "device": self._backend.device,
            "busy_since_s": self._thinking.busy_s,
        }
