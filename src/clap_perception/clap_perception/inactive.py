"""The answer of a lifecycle node's service while the node is not active."""

from __future__ import annotations

from clap_core.errors import ClapError, ErrorCode
from clap_ros.lifecycle import ManagedNode


def require_active(node: ManagedNode) -> None:
    """Refuse a request on a node that is not active.

    Raises:
        ClapError: NODE_UNAVAILABLE.
    """
    if not node.is_active:
        name = node.get_fully_qualified_name()
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"{name} is not active",
            f"Activate it: `ros2 lifecycle set {name} configure`, then `activate`",
        )
