"""Whether fingers that were told to move stand still."""

from __future__ import annotations

from clap_franka.trajectory_hand.config import FingerConfig


class Stillness:
    """Watches the width from the moment the controller took a goal.

    Args:
        config: what counts as still.
        speed_m_s: of the width, as told: slow fingers are given more time to show that they move.
        width_m, now_s: at the beginning.

    Attributes:
        since_begin_s: how long it has watched.
    """

    def __init__(
        self, config: FingerConfig, speed_m_s: float, width_m: float, now_s: float
    ) -> None:
        self._distance_m = config.stalled_distance
        self._time_s = max(config.stalled_time, 3.0 * config.stalled_distance / speed_m_s)
        self._width_m = width_m
        self._since_s = self._begin_s = now_s
        self.since_begin_s = 0.0

    def look(self, width_m: float, now_s: float) -> bool:
        """Whether they have stood still for long enough.

        Args:
            width_m: now.
            now_s: on the clock of the simulation; after a jump back it begins anew.
        """
        if now_s < self._since_s:
            self._since_s = self._begin_s = now_s
        if abs(width_m - self._width_m) > self._distance_m:
            self._width_m, self._since_s = width_m, now_s
        self.since_begin_s = now_s - self._begin_s
        return now_s - self._since_s >= self._time_s
