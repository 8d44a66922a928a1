"""End a process whose middleware hangs, so that the launch starts it again."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode

POLL_S = 1.0
"""How often the threads are looked at."""

STUCK_POLLS = 15
"""How many looks in a row must find a thread unmoved. Fast DDS wakes each thread of events at least
every 3 s, to announce its participant; the lifecycle manager stops the arm long before."""

_EVENT_THREAD = "dds.ev."


class EventThreads:
    """Finds a thread of Fast DDS's events that does nothing any more.

    When discovery hangs (eProsima/Fast-DDS#6502), the process still spins its executor, and its
    publishers and timers seem alive, but it hears nobody, and no cancel reaches it. From outside
    the DDS threads that shows in one place: the thread that must wake every few seconds does not.
    Looks are counted, not seconds: a process that was stopped for an hour is not stuck.
    """

    def __init__(self, stuck_polls: int) -> None:
        self._stuck_polls = stuck_polls
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self, wakes: Mapping[str, int]) -> str | None:
        """One look at the threads.

        Args:
            wakes: how often each thread has woken up so far; those that wait for a processor
                are left out.

        Returns:
            The name of a thread that has not woken for too long, or None.
        """
        before, self._seen = self._seen, {}
        for name, count in wakes.items():
            last, unmoved = before.get(name, (count - 1, 0))
            self._seen[name] = (count, unmoved + 1 if count == last else 0)
        return next((n for n, (_, looks) in self._seen.items() if looks >= self._stuck_polls), None)


def wakes_of_event_threads(tasks: Path = Path("/proc/self/task")) -> dict[str, int]:
    """How often each sleeping event thread of this process has gone to sleep so far."""
    wakes = {}
    for task in tasks.iterdir():
        try:
            lines = (task / "status").read_text().splitlines()
        except OSError:  # it has just ended
            continue
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        name = status.get("Name", "")
        if name.startswith(_EVENT_THREAD) and status.get("State", "").startswith("S"):
            wakes[f"{name} ({task.name})"] = int(status["voluntary_ctxt_switches"])
    return wakes


def end_when_middleware_hangs(node: str) -> None:
    """From now on, end this process with status 1 once its middleware hangs.

    Args:
        node: what to call it in the error.
    """

    def watch() -> None:
        threads = EventThreads(STUCK_POLLS)
        while (stuck := threads.look(wakes_of_event_threads())) is None:
            time.sleep(POLL_S)
        error = ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"the middleware of {node} hangs: its thread {stuck} has not woken for "
            f"{STUCK_POLLS * POLL_S:g} s, so that the node hears nobody (eProsima/Fast-DDS#6502)",
            "The process ends itself; the launch starts it again",
        )
        print(f"FATAL {error.code.name}: {error.message}", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
        os._exit(1)  # an orderly end would wait for the middleware

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
