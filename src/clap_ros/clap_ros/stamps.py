"""Times in messages."""

from __future__ import annotations

from builtin_interfaces.msg import Time

NS_PER_S = 1_000_000_000


def stamp_ns(stamp: Time) -> int:
    """A stamp in nanoseconds; also one before 1970, at which rclpy's own conversion raises.

    Args:
        stamp: of a header.
    """
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)
