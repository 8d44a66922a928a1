"""Keeps simulated time in step with real time."""

from __future__ import annotations

import time
from collections.abc import Callable

_MAX_LAG_S = 0.1
"""Real time that is caught up; what is lost beyond stays lost, so that no rush follows a stall."""

_WINDOW_S = 2.0
"""Real time over which the achieved factor is measured."""


class Pacer:
    """Tells how long to wait, and which real-time factor is achieved.

    Args:
        factor: simulated seconds in a real one; 0 never waits.
        wall_s: the real clock.
    """

    def __init__(self, factor: float, wall_s: Callable[[], float] = time.monotonic) -> None:
        self._wall_s = wall_s
        self._factor = factor
        self._anchor: tuple[float, float] | None = None
        self._window: tuple[float, float] | None = None
        self.achieved = factor

    @property
    def factor(self) -> float:
        """The wanted factor."""
        return self._factor

    @factor.setter
    def factor(self, factor: float) -> None:
        self._factor = factor
        self._anchor = self._window = None

    def delay_s(self, simulated_s: float) -> float:
        """Real time to wait before the simulation goes on from a simulated time."""
        now_s = self._wall_s()
        self._measure(now_s, simulated_s)
        if self._factor == 0.0:
            return 0.0
        if self._anchor is None:
            self._anchor = (now_s, simulated_s)
        delay = self._anchor[0] + (simulated_s - self._anchor[1]) / self._factor - now_s
        if delay < -_MAX_LAG_S:
            self._anchor = (now_s, simulated_s)
        return max(delay, 0.0)

    def _measure(self, now_s: float, simulated_s: float) -> None:
        if self._window is None:
            self._window = (now_s, simulated_s)
        elapsed = now_s - self._window[0]
        if elapsed >= _WINDOW_S:
            self.achieved = (simulated_s - self._window[1]) / elapsed
            self._window = (now_s, simulated_s)
