"""Ends what is left of a launch when its runner is gone, however it went.

Every process of a launch carries ``CLAP_LAUNCH_ID`` in its environment, and so do its children,
even those that made process groups of their own. The guardian is a small process that waits on a
pipe from the runner; the kernel closes the pipe with the runner, also on SIGKILL. Then the
guardian ends every process that carries the mark: SIGINT first, SIGKILL after a deadline.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LAUNCH_ID_VARIABLE = "CLAP_LAUNCH_ID"
_GRACE_S = 3.0
_POLL_S = 0.05


class Guardian:
    """Holds the guardian process of one launch; close it once everything has ended.

    Args:
        launch_id: the mark of the launch's processes.
    """

    def __init__(self, launch_id: str) -> None:
        # A session of its own: Ctrl-C in the terminal is for the runner, not for the guardian.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, launch_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env={"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"},
        )

    def close(self) -> None:
        """Let the guardian look a last time for processes that were left, and wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=2.0 * _GRACE_S)


def marked_processes(launch_id: str) -> list[int]:
    """Ids of the living processes that carry a launch's mark."""
    mark = f"{LAUNCH_ID_VARIABLE}={launch_id}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0") and not _is_zombie(entry):
                found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return found


def _is_zombie(entry: Path) -> bool:
    # The state follows the name, which stands in brackets and may hold anything.
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _signal_all(processes: list[int], number: signal.Signals) -> None:
    for pid in processes:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _main(launch_id: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    left = marked_processes(launch_id)
    _signal_all(left, signal.SIGINT)
    deadline = time.monotonic() + _GRACE_S
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = marked_processes(launch_id)
    _signal_all(left, signal.SIGKILL)


if __name__ == "__main__":
    _main(sys.argv[1])
