"""The newest state of each part of the page, and a signal to those who watch."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any


class Feed:
    """Holds each part as JSON with a number that grows when it changes; safe for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[str, tuple[int, str]] = {}
        self._wakers: dict[int, Callable[[], None]] = {}
        self._changes = 0
        self._next_waker = 0

    def put(self, part: str, value: Any) -> None:
        """Set a part; those who watch are woken if it differs from before.

        Args:
            part: its name, as ``task``.
            value: of what JSON has; numbers that are not finite become null.
        """
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            if self._parts.get(part, (0, ""))[1] == text:
                return
            self._changes += 1
            self._parts[part] = (self._changes, text)
            wakers = list(self._wakers.values())
        for wake in wakers:
            wake()

    def newer_than(self, number: int) -> tuple[int, list[tuple[str, str]]]:
        """What has changed since a number, the oldest change first, and the number of now."""
        with self._lock:
            changed = sorted(
                (changed, part, text)
                for part, (changed, text) in self._parts.items()
                if changed > number
            )
            return self._changes, [(part, text) for _, part, text in changed]

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have a function called at each change, on whichever thread changed it.

        Returns:
            Ends it.
        """
        with self._lock:
            self._next_waker += 1
            number = self._next_waker
            self._wakers[number] = wake

        def end() -> None:
            with self._lock:
                self._wakers.pop(number, None)

        return end

    @property
    def watchers(self) -> int:
        """How many pages are open."""
        with self._lock:
            return len(self._wakers)


def _finite(value: Any) -> Any:
    """The value without what browsers cannot read as JSON: NaN and infinities."""
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
