"""A keypoint, and what else was considered, drawn for RViz."""

from __future__ import annotations

from collections.abc import Sequence

from visualization_msgs.msg import Marker, MarkerArray

from clap_msgs.msg import Keypoint

_DIAMETER_M = 0.025
_CANDIDATE_DIAMETER_M = 0.015
_TEXT_HEIGHT_M = 0.035
_TEXT_ABOVE_M = 0.05
_FAINTEST = 0.2


def markers(keypoint: Keypoint | None, candidates: Sequence[Keypoint] = ()) -> MarkerArray:
    """A ball at the keypoint and its label above; a smaller one at each candidate, as opaque as
    it is probable. What an earlier answer showed goes away."""
    shown = [Marker(action=Marker.DELETEALL)]
    if keypoint is not None:
        shown += _found(keypoint)
    for place, candidate in enumerate(candidates):
        ball = _ball(candidate, "candidates", place, _CANDIDATE_DIAMETER_M)
        opacity = _FAINTEST + (1.0 - _FAINTEST) * candidate.confidence
        ball.color.r, ball.color.g, ball.color.b, ball.color.a = 1.0, 0.8, 0.1, opacity
        shown.append(ball)
    return MarkerArray(markers=shown)


def _found(keypoint: Keypoint) -> list[Marker]:
    ball = _ball(keypoint, "keypoint", 0, _DIAMETER_M)
    ball.color.r, ball.color.g, ball.color.b, ball.color.a = 1.0, 0.2, 0.8, 0.9
    text = Marker(header=keypoint.header, ns="keypoint", id=1, type=Marker.TEXT_VIEW_FACING)
    text.pose.position.x = keypoint.point.x
    text.pose.position.y = keypoint.point.y
    text.pose.position.z = keypoint.point.z + _TEXT_ABOVE_M
    text.pose.orientation.w = 1.0
    text.scale.z = _TEXT_HEIGHT_M
    text.color.r = text.color.g = text.color.b = text.color.a = 1.0
    text.text = f"{keypoint.label} ({keypoint.confidence:.2f})"
    return [ball, text]


def _ball(keypoint: Keypoint, namespace: str, place: int, diameter_m: float) -> Marker:
    ball = Marker(header=keypoint.header, ns=namespace, id=place, type=Marker.SPHERE)
    ball.pose.position = keypoint.point
    ball.pose.orientation.w = 1.0
    ball.scale.x = ball.scale.y = ball.scale.z = diameter_m
    return ball
