"""How a node's requests end: with what is wrong as a named error, whatever was raised."""

from __future__ import annotations

from collections.abc import Awaitable

from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode


async def error_of(node: Node, work: Awaitable[None]) -> ClapError | None:
    """What `work` raises; a defect ends the request, not the node."""
    try:
        await work
    except ClapError as error:
        return error
    except Exception as error:
        node.get_logger().error(f"unforeseen error: {error!r}")
        return ClapError(
            ErrorCode.INTERNAL,
            f"unforeseen error in {node.get_name()}: {error!r}",
            "Please report it with the log",
        )
    return None


def inactive(node: Node) -> ClapError:
    """Why a node that is not active does not answer."""
    name = node.get_fully_qualified_name()
    return ClapError(
        ErrorCode.NODE_UNAVAILABLE,
        f"{name} is not active",
        f"Activate it: `ros2 lifecycle set {name} configure`, then `activate`",
    )
