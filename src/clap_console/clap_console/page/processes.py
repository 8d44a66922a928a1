"""What the nodes' processes on this computer take of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping

import psutil

SEARCH_EVERY_S = 10.0
"""How often processes are looked for; all of a computer's command lines are read for it."""

_DOMAIN = "ROS_DOMAIN_ID"


class Processes:
    """CPU and memory of nodes, by the name and namespace that their launch gave them.

    Args:
        domain: ROS_DOMAIN_ID of the stack; processes of other domains are somebody else's.
        processes: what runs; all processes of this computer by default.
        clock: steady seconds.
    """

    def __init__(
        self,
        domain: str,
        processes: Callable[[], Iterable[psutil.Process]] = psutil.process_iter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._domain = domain or "0"
        self._processes = processes
        self._clock = clock
        self._searched_at = float("-inf")
        self._found: dict[str, psutil.Process] = {}

    def sample(self) -> dict[str, Mapping[str, float]]:
        """By node (full name without the first slash): `cpu` in percent of one core since the last
        sample, and `mb` of memory."""
        now = self._clock()
        if now - self._searched_at >= SEARCH_EVERY_S:
            self._searched_at = now
            self._search()
        taken: dict[str, Mapping[str, float]] = {}
        for node, process in list(self._found.items()):
            try:
                with process.oneshot():
                    cpu, memory = process.cpu_percent(None), process.memory_info().rss
            except psutil.Error:
                del self._found[node]
                self._searched_at = float("-inf")  # it ended: another one may have come
                continue
            taken[node] = {"cpu": round(cpu, 1), "mb": round(memory / 2**20, 1)}
        return taken

    def _search(self) -> None:
        known = {process.pid: (node, process) for node, process in self._found.items()}
        found: dict[str, psutil.Process] = {}
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                node = node_of(process.cmdline())
                if node is None or not self._is_ours(process):
                    continue
                # The same object as before: it knows what the process had taken then.
                if process.pid in known and known[process.pid][0] == node:
                    process = known[process.pid][1]
                if node not in found or _memory(process) > _memory(found[node]):
                    found[node] = process
        self._found = found

    def _is_ours(self, process: psutil.Process) -> bool:
        return (process.environ().get(_DOMAIN) or "0") == self._domain


def node_of(words: list[str]) -> str | None:
    """The full name, without the first slash, of the node that a command line starts."""
    named = {
        key: value
        for word in words
        for key, separator, value in [word.partition(":=")]
        if separator and key in ("__node", "__ns")
    }
    if "__node" not in named:
        return None
    return f"{named.get('__ns', '').strip('/')}/{named['__node']}".lstrip("/")


def _memory(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
