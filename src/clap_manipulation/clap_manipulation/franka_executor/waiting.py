"""Waits of the executor's worker thread: bounded, and ended by a cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from clap_core.errors import ClapError, ErrorCode
from clap_ros.calls import POLL_S


def wait_for_server(
    ready: Callable[[], bool], name: str, timeout_s: float, cancelled: threading.Event
) -> None:
    """Wait until a server is there.

    Raises:
        ClapError: NODE_UNAVAILABLE after `timeout_s` wall-clock seconds; CANCELED.
    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if cancelled.wait(POLL_S):
            raise ClapError(
                ErrorCode.CANCELED, f"canceled while waiting for {name}", "Send the action again"
            )
        if time.monotonic() > deadline:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"nothing serves {name} (waited {timeout_s:g} s)",
                "Start the robot's driver or the simulation, and check the names in this node's "
                "parameters",
            )
