"""Hears what is recorded in a thread of its own, so that the recorder never waits for it."""

from __future__ import annotations

import queue
import threading
from types import TracebackType

from rosbags.interfaces import Connection

from clap_data.bags.camera_log import COLOR, camera_topic
from clap_data.bags.stack_messages import IMAGE_TYPE
from clap_data.checks.listener import Listener

_HEADER_BYTES = 64
"""As much of a colour image as tells its stamp."""


class Hearing:
    """Passes messages on to a listener; a context manager that ends when all are heard.

    Args:
        listener: that hears them.
        namespace: of the arm, which the listener does not know; empty without.
    """

    def __init__(self, listener: Listener, namespace: str = "") -> None:
        self.listener = listener
        self._prefix = f"/{namespace.strip('/')}/" if namespace.strip("/") else "/"
        self._queue: queue.SimpleQueue[tuple[Connection, int, bytes] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="hearing", daemon=True)

    def __enter__(self) -> Hearing:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.put(None)
        self._thread.join()

    def __call__(self, connection: Connection, recorded_ns: int, data: bytes) -> None:
        """Take in a message, at once."""
        if connection.topic.startswith(self._prefix):
            topic = f"/{connection.topic.removeprefix(self._prefix)}"
            connection = connection._replace(topic=topic)
        found = camera_topic(connection.topic)
        if connection.msgtype == IMAGE_TYPE and found is not None and found[1] == COLOR:
            data = bytes(data[:_HEADER_BYTES])
        self._queue.put((connection, recorded_ns, data))

    def _run(self) -> None:
        while (message := self._queue.get()) is not None:
            self.listener(*message)
