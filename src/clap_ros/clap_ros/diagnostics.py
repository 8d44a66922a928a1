"""Health of a node on /diagnostics, and the small statistics that go into it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from clap_core.errors import ClapError, ErrorCode
from clap_ros.timers import steady_timer

PERIOD_S = 1.0
"""How often each node reports."""


class Window:
    """The last `size` samples of a quantity, for percentiles."""

    def __init__(self, size: int = 100) -> None:
        self._samples: deque[float] = deque(maxlen=size)
        self.total = 0

    def add(self, sample: float) -> None:
        """Add one sample."""
        self._samples.append(sample)
        self.total += 1

    def percentile(self, percent: float) -> float:
        """The percentile of the window; NaN while it is empty."""
        return float(np.percentile(self._samples, percent)) if self._samples else float("nan")

    def histogram(self, edges: tuple[float, ...]) -> str:
        """Counts between `edges`, as ``"<5:12 <10:3 >=10:0"``."""
        counts, _ = np.histogram(
            np.asarray(self._samples, dtype=float), bins=(-np.inf, *edges, np.inf)
        )
        names = [f"<{edge:g}" for edge in edges] + [f">={edges[-1]:g}"]
        return " ".join(f"{name}:{count}" for name, count in zip(names, counts, strict=True))


class Rate:
    """How often something happens, over its last `size` events, on one clock that may jump back.

    Attributes:
        total: events since the start.
    """

    def __init__(self, size: int = 100) -> None:
        self._times_s: deque[float] = deque(maxlen=size)
        self.total = 0

    def add(self, now_s: float) -> None:
        """It happened at `now_s`."""
        if self._times_s and now_s < self._times_s[-1]:
            self._times_s.clear()  # the clock was set back: no interval spans that
        self._times_s.append(now_s)
        self.total += 1

    def hz(self, now_s: float) -> float:
        """Events a second; falls while nothing more happens; 0 with fewer than two.

        Args:
            now_s: the present. After a clock was set back, 0 until new events come.
        """
        if len(self._times_s) < 2:
            return 0.0
        first_s, last_s = self._times_s[0], self._times_s[-1]
        silence_s = now_s - last_s
        if silence_s < 0.0 or last_s <= first_s:
            return 0.0
        # As slow as the silence that has lasted already, once that is longer than the period.
        return 1.0 / max((last_s - first_s) / (len(self._times_s) - 1), silence_s)


class Health:
    """Publishes one DiagnosticStatus of a node once a second, and at once on a change of level.

    Args:
        node: the node that it speaks for.
        values: called at each report; returns the figures to show.
    """

    def __init__(self, node: Node, values: Callable[[], Mapping[str, object]] = lambda: {}) -> None:
        self._node = node
        self._values = values
        self._level = DiagnosticStatus.OK
        self._message = "starting"
        self._code = ErrorCode.SUCCESS
        self._publisher = node.create_publisher(DiagnosticArray, "diagnostics", 10)
        self._last_ns = -1
        self._stands_still = False
        self._timer = steady_timer(node, PERIOD_S, self._report)

    def ok(self, message: str) -> None:
        """Everything works."""
        self._set(DiagnosticStatus.OK, ErrorCode.SUCCESS, message)

    def warn(self, message: str, code: ErrorCode = ErrorCode.SUCCESS) -> None:
        """It works, with something missing."""
        self._set(DiagnosticStatus.WARN, code, message)

    def error(self, error: ClapError) -> None:
        """It does not work; the node stays up."""
        self._set(DiagnosticStatus.ERROR, error.code, error.message)

    def _set(self, level: bytes, code: ErrorCode, message: str) -> None:
        changed = (level, code) != (self._level, self._code)
        self._level, self._code, self._message = level, code, message
        if not changed:
            return
        if level == DiagnosticStatus.ERROR:
            self._node.get_logger().error(f"{code.name}: {message}")
        elif level == DiagnosticStatus.WARN:
            self._node.get_logger().warning(message)
        else:
            self._node.get_logger().info(message)
        self.publish()

    def _report(self) -> None:
        now_ns = self._node.get_clock().now().nanoseconds
        self._stands_still = now_ns == self._last_ns
        self._last_ns = now_ns
        self.publish()

    def publish(self) -> None:
        """Publish the present state; that the node's clock stands still is one more fault."""
        level, message = self._level, self._message
        if self._stands_still:
            level = max(level, DiagnosticStatus.WARN)
            clock = self._node.resolve_topic_name("/clock")
            message = f"time stands still: nothing comes on {clock}; {message}"
        status = DiagnosticStatus(
            level=level,
            name=self._node.get_fully_qualified_name().lstrip("/"),
            message=message,
            hardware_id="",
            values=[
                KeyValue(key="error_code", value=self._code.name),
                *(KeyValue(key=key, value=_text(value)) for key, value in self._values().items()),
            ],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
