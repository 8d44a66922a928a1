"""Something that a worker thread uses and that only the executor's thread may destroy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from rclpy.node import Node

T = TypeVar("T")


class SharedResource(Generic[T]):
    """Clients and subscriptions of one configuration, destroyed once nobody uses them any more.

    A lifecycle transition runs on the executor's thread and must not wait for a worker, whose
    last act is to send a cancel by that very executor. So the transition only retires what the
    worker still uses; it is destroyed when the worker has let go.

    Args:
        node: whose executor destroys it.
        value: what is shared.
        destroy: releases it; called once, on the executor's thread.
    """

    def __init__(self, node: Node, value: T, destroy: Callable[[], None]) -> None:
        self._node = node
        self._value = value
        self._destroy = destroy
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False

    @property
    def value(self) -> T:
        """What is shared, for callbacks on the executor's thread."""
        return self._value

    @contextmanager
    def use(self) -> Iterator[T]:
        """Keep it alive within the context, from any thread."""
        with self._lock:
            self._users += 1
        try:
            yield self._value
        finally:
            with self._lock:
                self._users -= 1
                is_last = self._retired and self._users == 0
            if is_last:
                # rclpy locks no client against its executor: only that one may destroy it.
                if self._node.executor is not None:
                    self._node.executor.create_task(self._destroy)
                else:
                    self._destroy()

    def retire(self) -> None:
        """Destroy it now if nobody uses it, else as soon as the last user has let go.

        On the executor's thread only; may be called again.
        """
        with self._lock:
            is_last = not self._retired and self._users == 0
            self._retired = True
        if is_last:
            self._destroy()
