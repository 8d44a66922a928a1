"""A client of a service of the stack: its answers carry ``error_code`` and ``error_msg``."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from clap_ros.calls import call_service, raise_reported


class ServiceClient:
    """Asks one service of the stack.

    Args:
        node: whose executor spins while `ask` waits.
        service_type: of the service, e.g. ``clap_msgs.srv.EncodeCloud``.
        name: of the service.
        timeout_s: longest wait, wall clock.
    """

    def __init__(self, node: Node, service_type: type, name: str, timeout_s: float) -> None:
        self._node = node
        self._timeout_s = timeout_s
        self._client = node.create_client(service_type, name)

    def ask(self, request: Any) -> Any:
        """The response; blocks, so not for the executor's thread.

        Raises:
            ClapError: NODE_UNAVAILABLE, TIMEOUT, and what the server reports.
        """
        response = call_service(self._client, request, self._timeout_s)
        raise_reported(response)
        return response

    def destroy(self) -> None:
        """Take the client off the graph."""
        self._node.destroy_client(self._client)
