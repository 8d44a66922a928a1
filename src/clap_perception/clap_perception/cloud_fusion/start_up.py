"""When nothing can be said of the cameras yet: at the start, and after the clock has jumped."""

from __future__ import annotations

NS_PER_S = 1_000_000_000


class StartUp:
    """Tells silence from what nobody can have heard.

    Args:
        patience_s: how long cameras may take for the first frame, seconds.
        timeout_s: the silence that is a fault later, seconds. Between two calls that are further
            apart the clock was set (a replay begins), or the node stood still.
        now_ns: the node's time.
    """

    def __init__(self, patience_s: float, timeout_s: float, now_ns: int) -> None:
        self._patience_ns = round(patience_s * NS_PER_S)
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self._began_ns = self._looked_ns = now_ns
        self._has_frame = False

    def note_time(self, now_ns: int) -> bool:
        """Note the time; to be called often.

        Returns:
            Whether silence counts from now on: the clock was set, or the node stood still.
        """
        gap_ns = now_ns - self._looked_ns
        self._looked_ns = now_ns
        if abs(gap_ns) <= self._timeout_ns:
            return False
        if not self._has_frame or abs(gap_ns) > self._patience_ns:
            self._began_ns, self._has_frame = now_ns, False
        return True

    def note_frame(self) -> None:
        """A camera delivers: from now on silence is a fault."""
        self._has_frame = True

    def is_waiting(self, now_ns: int) -> bool:
        """Whether the first frame may still be on its way."""
        return not self._has_frame and abs(now_ns - self._began_ns) <= self._patience_ns
