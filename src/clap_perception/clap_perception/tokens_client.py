"""Gets the tokens of a look from the encoder, when a policy asks for them."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.time import Time

from clap_core.cloud_tokens import CloudTokens
from clap_core.point_cloud import PointCloud
from clap_msgs.srv import EncodeCloud
from clap_ros import token_messages
from clap_ros.calls import call_service, raise_reported


class TokensClient:
    """Asks the encoder for the tokens of one cloud around one point.

    Args:
        node: whose executor spins while `fetch` waits.
        service: name of the service clap_msgs/EncodeCloud.
        timeout_s: longest wait, wall clock.
    """

    def __init__(self, node: Node, service: str, timeout_s: float) -> None:
        self._node = node
        self._timeout_s = timeout_s
        self._client = node.create_client(EncodeCloud, service)

    def fetch(self, cloud: PointCloud, point: NDArray[np.float64]) -> CloudTokens:
        """The tokens around a point [3] m; blocks, so not for the executor's thread.

        Raises:
            ClapError: NODE_UNAVAILABLE, TIMEOUT, and what the encoder reports.
        """
        x, y, z = (float(value) for value in point)
        request = EncodeCloud.Request(
            stamp=Time(nanoseconds=cloud.stamp_ns).to_msg(),
            frame_id=cloud.frame,
            keypoints=[Point(x=x, y=y, z=z)],
        )
        response = call_service(self._client, request, self._timeout_s)
        raise_reported(response)
        return token_messages.from_message(response.tokens[0])

    def destroy(self) -> None:
        """Take the client off the graph."""
        self._node.destroy_client(self._client)
