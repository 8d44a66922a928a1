"""Whether a camera delivers, how often and how late."""

from __future__ import annotations

from collections.abc import Sequence

from clap_core.errors import ClapError, ErrorCode
from clap_ros.diagnostics import Rate, Window

NS_PER_S = 1_000_000_000

RATE_WINDOW = 30
"""Frames over which rate and latency are taken."""


class CameraMonitor:
    """Keeps the times of one camera's messages and of the frames made of them.

    Args:
        name: of the camera.
        topics: that a frame needs.
        timeout_s: without a frame for so long the camera is stale, seconds.
        now_ns: the node's time; a camera that never delivers is stale `timeout_s` later.
    """

    def __init__(self, name: str, topics: Sequence[str], timeout_s: float, now_ns: int) -> None:
        self._name = name
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self._heard_ns: dict[str, int | None] = dict.fromkeys(topics)
        self._frame_ns = now_ns
        self._frames = Rate(RATE_WINDOW)
        self._latencies_ms = Window(RATE_WINDOW)
        self._off_clock = 0
        self._off_clock_s = 0.0
        self._off_clock_ns: int | None = None

    def hear(self, topic: str, now_ns: int) -> None:
        """A message came in."""
        self._heard_ns[topic] = now_ns

    def note_frame(self, now_ns: int, stamp_ns: int) -> None:
        """Colour and depth of `stamp_ns` are both there."""
        self._frame_ns = now_ns
        self._frames.add(now_ns / NS_PER_S)
        self._latencies_ms.add((now_ns - stamp_ns) / 1e6)

    def note_off_clock(self, now_ns: int, stamp_ns: int) -> None:
        """An image came whose stamp cannot be right, and was left out."""
        self._off_clock += 1
        self._off_clock_s, self._off_clock_ns = (now_ns - stamp_ns) / NS_PER_S, now_ns

    def off_clock_fault(self, now_ns: int) -> ClapError | None:
        """CAMERA_STALE, when such images came lately; the camera may be live all the same."""
        if self._off_clock_ns is None or not self._is_recent(self._off_clock_ns, now_ns):
            return None
        age_s = self._off_clock_s
        when = f"{age_s:.2f} s old" if age_s > 0 else f"{-age_s:.2f} s in the future"
        some = "some " if self.is_live(now_ns) else ""
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"{some}images of camera '{self._name}' are {when} by their stamps",
            "Check that all computers' clocks agree and that use_sim_time is right",
        )

    def restart(self, now_ns: int) -> None:
        """Give it the time to deliver again that it had when it was new."""
        self._frame_ns = now_ns

    def is_live(self, now_ns: int) -> bool:
        """Whether it delivers, or may still be starting."""
        return self._is_recent(self._frame_ns, now_ns)

    def fault(self, now_ns: int) -> ClapError | None:
        """CAMERA_STALE, when it is, naming what does not come."""
        if self.is_live(now_ns):
            return None
        if (off_clock := self.off_clock_fault(now_ns)) is not None:
            return off_clock
        silent = [
            topic
            for topic, heard_ns in self._heard_ns.items()
            if heard_ns is None or not self._is_recent(heard_ns, now_ns)
        ]
        if not silent:
            return ClapError(
                ErrorCode.CAMERA_STALE,
                f"camera '{self._name}' sends colour and depth, but their stamps do not match",
                "Let the driver stamp both with the time of capture, or raise sync_tolerance_s",
            )
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"camera '{self._name}' sends nothing on {', '.join(silent)}",
            "Check its cable and driver (aligned depth on?), and with `ros2 topic info --verbose` "
            "that it publishes there",
        )

    def figures(self, now_ns: int) -> dict[str, object]:
        """Rate and latency for /diagnostics."""
        rate_hz = self._frames.hz(now_ns / NS_PER_S) if self.is_live(now_ns) else 0.0
        return {
            f"{self._name}.rate_hz": rate_hz,
            f"{self._name}.latency_ms": self._latencies_ms.percentile(50),
            f"{self._name}.off_clock": self._off_clock,
        }

    def _is_recent(self, then_ns: int, now_ns: int) -> bool:
        # Also false after the clock has jumped back: what came before says nothing then.
        return abs(now_ns - then_ns) <= self._timeout_ns
