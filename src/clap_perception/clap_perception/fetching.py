"""What backends ask other nodes for: a cloud's pictures, and its tokens around a point.

Both block, so they are not for the executor's thread.
"""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from rclpy.time import Time

from clap_core.camera.view import CameraView
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_msgs.srv import EncodeCloud, GetViews
from clap_ros import token_messages, view_messages
from clap_ros.service_client import ServiceClient


def fetch_tokens(
    encoder: ServiceClient, cloud: PointCloud, point: NDArray[np.float64]
) -> CloudTokens:
    """The tokens of a cloud around a point [3] m, from a service clap_msgs/EncodeCloud.

    Raises:
        ClapError: NODE_UNAVAILABLE, TIMEOUT, and what the encoder reports.
    """
    x, y, z = (float(value) for value in point)
    request = EncodeCloud.Request(
        stamp=Time(nanoseconds=cloud.stamp_ns).to_msg(),
        frame_id=cloud.frame,
        keypoints=[Point(x=x, y=y, z=z)],
    )
    return token_messages.from_message(encoder.ask(request).tokens[0])


def fetch_views(
    cloud_fusion: ServiceClient, stamp_ns: int, base_frame: str
) -> tuple[CameraView, ...]:
    """The pictures that a cloud was fused from, from a service clap_msgs/GetViews.

    Args:
        cloud_fusion: the service.
        stamp_ns: of the cloud.
        base_frame: that the cameras' poses must be in.

    Raises:
        ClapError: NODE_UNAVAILABLE, TIMEOUT, CAMERA_STALE, or INVALID_REQUEST for pictures that
            contradict themselves or are in another frame.
    """
    views = cloud_fusion.ask(GetViews.Request(stamp=Time(nanoseconds=stamp_ns).to_msg())).views
    for view in views:
        if view.base_frame != base_frame:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"camera '{view.camera}' is posed in frame '{view.base_frame}', not in "
                f"'{base_frame}'",
                "Give cloud_fusion and this node the same base_frame",
            )
    return tuple(view_messages.from_message(view) for view in views)
