"""Putting together what several channels captured at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Mapping
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Channel = TypeVar("Channel", bound=Hashable)

BACKLOG = 8
"""Items kept a channel; more than any camera delivers while another one is late."""


class Stamped(NamedTuple, Generic[Item]):
    """An item and its time of capture.

    Attributes:
        stamp_ns: time of capture.
        item: what was captured.
    """

    stamp_ns: int
    item: Item


class StampSynchroniser(Generic[Channel, Item]):
    """Finds the newest set of items, one a channel, that belong together.

    The set is built around the newest time up to which each channel has delivered: what is
    nearest to it can no longer change, so equal stamps always find each other, and cameras
    that run freely are matched as well as they can be. An item is used in one set at most.

    Args:
        channels: their names.
        tolerance_ns: largest spread of stamps in a set.
    """

    def __init__(self, channels: Collection[Channel], tolerance_ns: int) -> None:
        self._tolerance_ns = tolerance_ns
        self._items: dict[Channel, deque[Stamped[Item]]] = {
            channel: deque(maxlen=BACKLOG) for channel in channels
        }
        self._used_ns: dict[Channel, int] = {}

    def add(self, channel: Channel, stamp_ns: int, item: Item) -> None:
        """Add an item; one of the same stamp as the channel's last is ignored.

        A camera's stamps rise. Where one goes back, those before it were ahead, or time has begun
        again: they are dropped, and must not keep out what follows.
        """
        items = self._items[channel]
        while items and items[-1].stamp_ns > stamp_ns:
            items.pop()
        if self._used_ns.get(channel, -1) > stamp_ns:
            del self._used_ns[channel]
        if not items or items[-1].stamp_ns < stamp_ns:
            items.append(Stamped(stamp_ns, item))

    def take(self, channels: Collection[Channel]) -> Mapping[Channel, Stamped[Item]] | None:
        """The newest set with an item of each of `channels`, or None.

        Args:
            channels: those to wait for.
        """
        if not channels or not all(self._items[channel] for channel in channels):
            return None
        pivot = min(self._items[channel][-1].stamp_ns for channel in channels)
        found = {
            channel: min(self._items[channel], key=lambda item: abs(item.stamp_ns - pivot))
            for channel in channels
        }
        # A used item stays a candidate: where it is the nearest, this time already had its set,
        # and to pair the others with a farther item would shift them against each other for good.
        if any(item.stamp_ns <= self._used_ns.get(name, -1) for name, item in found.items()):
            return None
        stamps = [item.stamp_ns for item in found.values()]
        if max(stamps) - min(stamps) > self._tolerance_ns:
            return None
        for channel, taken in found.items():
            self._used_ns[channel] = taken.stamp_ns
            while self._items[channel][0].stamp_ns < taken.stamp_ns:
                self._items[channel].popleft()
        return found

    def clear(self) -> None:
        """Forget everything."""
        for items in self._items.values():
            items.clear()
        self._used_ns.clear()
