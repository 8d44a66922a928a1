"""A keypoint drawn for RViz."""

from __future__ import annotations

from visualization_msgs.msg import Marker, MarkerArray

from clap_msgs.msg import Keypoint

_DIAMETER_M = 0.025
_TEXT_HEIGHT_M = 0.035
_TEXT_ABOVE_M = 0.05


def markers(keypoint: Keypoint) -> MarkerArray:
    """A ball at the keypoint and its label above."""
    ball = Marker(header=keypoint.header, ns="keypoint", id=0, type=Marker.SPHERE)
    ball.pose.position = keypoint.point
    ball.pose.orientation.w = 1.0
    ball.scale.x = ball.scale.y = ball.scale.z = _DIAMETER_M
    ball.color.r, ball.color.g, ball.color.b, ball.color.a = 1.0, 0.2, 0.8, 0.9
    text = Marker(header=keypoint.header, ns="keypoint", id=1, type=Marker.TEXT_VIEW_FACING)
    text.pose.position.x = keypoint.point.x
    text.pose.position.y = keypoint.point.y
    text.pose.position.z = keypoint.point.z + _TEXT_ABOVE_M
    text.pose.orientation.w = 1.0
    text.scale.z = _TEXT_HEIGHT_M
    text.color.r = text.color.g = text.color.b = text.color.a = 1.0
    text.text = f"{keypoint.label} ({keypoint.confidence:.2f})"
    return MarkerArray(markers=[ball, text])
