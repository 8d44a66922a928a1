"""Time as ROS messages, and what is due at a rate."""

from __future__ import annotations

from builtin_interfaces.msg import Time

NS = 1_000_000_000
"""Nanoseconds in a second."""


def to_time(now_ns: int) -> Time:
    """A time in nanoseconds as a message."""
    return Time(sec=now_ns // NS, nanosec=now_ns % NS)


class Periodic:
    """Tells when something that happens at a rate is due, without drift.

    Args:
        rate_hz: how often.

    Attributes:
        next_ns: when it is due next, a whole multiple of the period.
    """

    def __init__(self, rate_hz: float) -> None:
        self.period_ns = round(NS / rate_hz)
        self.next_ns = self.period_ns

    def due(self, now_ns: int) -> bool:
        """Whether it is due; a period that was missed altogether is left out.

        A clock that was set back, as that of a simulation that was reset, is not waited for.
        """
        if self.next_ns - self.period_ns <= now_ns < self.next_ns:
            return False
        self.next_ns = (now_ns // self.period_ns + 1) * self.period_ns
        return True
