"""Realtime priority and locked memory for a control loop, where this computer allows it."""

from __future__ import annotations

import ctypes
import gc
import os

PRIORITY = 80
"""Of SCHED_FIFO: below the kernel's own threads (99), above interrupts (50)."""

_CURRENT, _FUTURE = 1, 2


def become_realtime() -> list[str]:
    """Give this process what keeps its cycles on time.

    Returns:
        Warnings: what could not be had, and the cure.
    """
    # A collection takes milliseconds, more than a cycle.
    gc.collect()
    gc.freeze()
    gc.disable()
    warnings = []
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError as error:
        warnings.append(
            f"no realtime priority ({error.strerror}): commands may come late under load. Add the "
            "user to a group with 'rtprio 99' in /etc/security/limits.conf and log in again"
        )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_CURRENT | _FUTURE) != 0:
        warnings.append(
            f"memory is not locked ({os.strerror(ctypes.get_errno())}): commands may come late "
            "when memory is short. Set 'memlock unlimited' in /etc/security/limits.conf"
        )
    return warnings
