"""End a process whose launcher is gone."""

from __future__ import annotations

import os
import signal
import threading
import time

POLL_S = 0.25
"""How often a process looks whether its launcher still lives."""


def end_with_launcher() -> None:
    """From now on, a death of the process that started this one acts like a SIGTERM to this one.

    Without a launcher nobody ends a process or starts it again: an arm would go on moving, and the
    next launch would find a second node of each name. A process that was made an orphan on purpose
    before this call (``setsid``, systemd, the first of a container) has no launcher to lose. One
    whose launcher dies even before this call cannot tell, and stays.
    """
    launcher = os.getppid()

    def watch() -> None:
        # Not PR_SET_PDEATHSIG: it fires when the *thread* that started the process ends.
        while os.getppid() == launcher:
            time.sleep(POLL_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="launcher", daemon=True).start()
