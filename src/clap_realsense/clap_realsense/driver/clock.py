"""From the clock in a camera to that of the computer."""

from __future__ import annotations

from collections import deque

NS_PER_MS = 1_000_000
WINDOW_NS = 10_000_000_000
"""What came in during this time says where the camera's clock is. A crystal drifts by less than
0.1 ms a second, so that the window is off by less than a millisecond."""

JUMP_NS = 500_000_000
"""An offset that changes by more is a clock that was set."""


class DeviceClock:
    """Times of the computer for pictures that carry the time of the camera's own clock.

    A picture comes in some time after it was taken, now less, now more. The least delay of the
    last seconds is the nearest to what the clocks differ by; the transfer itself, a few
    milliseconds over USB 3, stays in the stamps. (librealsense's own global time does better, and
    is used where the camera has it.) The clock in a D400 begins again every 71 minutes, and after
    each loss of power; the estimate then begins again too.
    """

    def __init__(self) -> None:
        self._offsets: deque[tuple[int, int]] = deque()
        self._last_ns = 0

    def stamp_ns(self, device_ms: float, arrival_ns: int) -> int:
        """When a picture was taken, on the clock of its arrival.

        Args:
            device_ms: time on the camera's clock, milliseconds.
            arrival_ns: when it came in, nanoseconds.
        """
        device_ns = round(device_ms * NS_PER_MS)
        offset = arrival_ns - device_ns
        has_jumped = device_ns < self._last_ns or (
            bool(self._offsets) and abs(offset - self._offsets[-1][1]) > JUMP_NS
        )
        if has_jumped:
            self._offsets.clear()
        self._last_ns = device_ns
        self._offsets.append((arrival_ns, offset))
        while arrival_ns - self._offsets[0][0] > WINDOW_NS:
            self._offsets.popleft()
        return device_ns + min(offset for _, offset in self._offsets)
