"""Gets the pictures that a cloud was fused from, when a backend asks for them."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.time import Time

from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_msgs.srv import GetViews
from clap_ros import view_messages
from clap_ros.calls import call_service, raise_reported


class ViewsClient:
    """Asks cloud_fusion for pictures; nothing of them travels unless somebody does.

    Args:
        node: whose executor spins while `fetch` waits.
        service: name of the service clap_msgs/GetViews.
        timeout_s: longest wait, wall clock.
    """

    def __init__(self, node: Node, service: str, timeout_s: float) -> None:
        self._node = node
        self._timeout_s = timeout_s
        self._client = node.create_client(GetViews, service)

    def fetch(self, stamp_ns: int, base_frame: str) -> tuple[CameraView, ...]:
        """The pictures of a cloud; blocks, so not for the executor's thread.

        Args:
            stamp_ns: of the cloud.
            base_frame: that the cameras' poses must be in.

        Raises:
            ClapError: NODE_UNAVAILABLE, TIMEOUT, CAMERA_STALE, or INVALID_REQUEST for pictures
                that contradict themselves or are in another frame.
        """
        request = GetViews.Request(stamp=Time(nanoseconds=stamp_ns).to_msg())
        response = call_service(self._client, request, self._timeout_s)
        raise_reported(response)
        for view in response.views:
            if view.base_frame != base_frame:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    f"camera '{view.camera}' is posed in frame '{view.base_frame}', not in "
                    f"'{base_frame}'",
                    "Give cloud_fusion and this node the same base_frame",
                )
        return tuple(view_messages.from_message(view) for view in response.views)

    def destroy(self) -> None:
        """Take the client off the graph."""
        self._node.destroy_client(self._client)
