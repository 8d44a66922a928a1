"""Tokens of point clouds to CloudTokens messages and back to NumPy."""

from __future__ import annotations

import array

import numpy as np
from geometry_msgs.msg import Point, Point32
from rclpy.time import Time

from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_msgs import msg
from clap_ros.stamps import stamp_ns


def to_message(tokens: CloudTokens) -> msg.CloudTokens:
    """The message of some tokens."""
    message = msg.CloudTokens()
    message.header.frame_id = tokens.frame
    message.header.stamp = Time(nanoseconds=tokens.stamp_ns).to_msg()
    x, y, z = tokens.keypoint.tolist()
    message.keypoint = Point(x=x, y=y, z=z)
    message.half_edge_m = float(tokens.half_edge_m)
    message.points = tokens.points
    message.centers = [Point32(x=x, y=y, z=z) for x, y, z in tokens.centers.tolist()]
    message.width = tokens.features.shape[1]
    # rclpy checks each element of anything but an array.array.
    message.features = array.array("f", np.ascontiguousarray(tokens.features, np.float32).tobytes())
    message.model = tokens.model
    message.weights_sha256 = tokens.weights_sha256
    message.engine = tokens.engine
    message.latency_s = float(tokens.latency_s)
    return message


def from_message(message: msg.CloudTokens) -> CloudTokens:
    """The tokens in a message, as arrays of their own: ``centers`` [G, 3], ``features`` [G, width].

    Raises:
        ClapError: INVALID_REQUEST when the numbers of centres, features and the width do not fit.
    """
    count, width = len(message.centers), message.width
    if len(message.features) != count * width:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the tokens have {len(message.features)} features, not {count} centers times width "
            f"{width}",
            "Fill clap_msgs/msg/CloudTokens as its comments say",
        )
    centers = [(center.x, center.y, center.z) for center in message.centers]
    keypoint = message.keypoint
    return CloudTokens(
        centers=np.array(centers, np.float32).reshape(count, 3),
        features=np.array(message.features, np.float32).reshape(count, width),
        keypoint=np.array([keypoint.x, keypoint.y, keypoint.z]),
        half_edge_m=message.half_edge_m,
        points=message.points,
        model=message.model,
        weights_sha256=message.weights_sha256,
        engine=message.engine,
        latency_s=message.latency_s,
        frame=message.header.frame_id,
        stamp_ns=stamp_ns(message.header.stamp),
    )
