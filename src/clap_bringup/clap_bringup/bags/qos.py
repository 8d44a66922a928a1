"""QoS between a publisher, a recording and a replay."""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

SUBSCRIPTION_DEPTH = 200
"""Messages kept for a recorder that falls behind for a moment."""

PUBLISHER_DEPTH = 10
LATCHED_DEPTH = 100
"""A replay keeps this many messages of a constant topic: several nodes share /tf_static."""


def subscription_profile(offered: Sequence[QoSProfile]) -> QoSProfile:
    """What a recorder must ask for to hear every publisher of a topic.

    A subscription may ask for less than is offered but not for more, so reliable delivery and
    latched messages are asked for only where all publishers offer them.

    Args:
        offered: profiles of the topic's publishers, at least one.

    Returns:
        The profile to subscribe with.
    """
    reliable = all(profile.reliability == ReliabilityPolicy.RELIABLE for profile in offered)
    latched = all(profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for profile in offered)
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=SUBSCRIPTION_DEPTH,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=(DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE),
    )


def publisher_profile(recorded: Sequence[Qos], is_constant: bool = False) -> QoSProfile:
    """What a replay offers so that every subscriber of the recorded publishers is served.

    Args:
        recorded: profiles of the recorded publishers; none in bags of unknown origin.
        is_constant: everything that is said on the topic must be kept for those who come later.

    Returns:
        Reliable and latched where any of them was; reliable where nothing is known.
    """
    best_effort = bool(recorded) and all(
        profile.reliability is QosReliability.BEST_EFFORT for profile in recorded
    )
    latched = is_latched(recorded)
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=LATCHED_DEPTH if is_constant else PUBLISHER_DEPTH,
        reliability=(ReliabilityPolicy.BEST_EFFORT if best_effort else ReliabilityPolicy.RELIABLE),
        durability=(DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE),
    )


def is_latched(recorded: Sequence[Qos]) -> bool:
    """Whether any publisher kept its messages for those who came later."""
    return any(profile.durability is QosDurability.TRANSIENT_LOCAL for profile in recorded)


def to_recorded(profile: QoSProfile) -> Qos:
    """A publisher's profile in the form in which a bag keeps it."""
    return Qos(
        history=QosHistory(int(profile.history)),
        depth=int(profile.depth),
        reliability=QosReliability(int(profile.reliability)),
        durability=QosDurability(int(profile.durability)),
        deadline=_time(profile.deadline.nanoseconds),
        lifespan=_time(profile.lifespan.nanoseconds),
        liveliness=QosLiveliness(int(profile.liveliness)),
        liveliness_lease_duration=_time(profile.liveliness_lease_duration.nanoseconds),
        avoid_ros_namespace_conventions=bool(profile.avoid_ros_namespace_conventions),
    )


def _time(nanoseconds: int) -> QosTime:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return QosTime(seconds, rest)
