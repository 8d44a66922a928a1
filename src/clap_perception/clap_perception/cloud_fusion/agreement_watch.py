"""Notices beside the fusion that the cameras' clouds do not fit together any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from math import isnan

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import FusionConfig
from clap_core.fusion.agreement import Agreement, agreements, surface

TIMES = 3
"""So many looks in a row must say so: what moves may be seen at two moments."""

END_TIMEOUT_S = 5.0


class AgreementWatch:
    """Compares the clouds of all pairs of cameras now and then, on a thread of its own.

    Args:
        config: box and depths that count.
        period_s: from one look to the next, wall clock; 0 for never.
        max_apart_mm: with clouds farther apart the poses are doubted.
    """

    def __init__(self, config: FusionConfig, period_s: float, max_apart_mm: float) -> None:
        self._config, self._period_s, self._max_apart_mm = config, period_s, max_apart_mm
        self._thread: threading.Thread | None = None
        self._next_s = 0.0
        self._found: tuple[Agreement, ...] = ()
        self._times: dict[tuple[str, str], int] = {}

    @classmethod
    def idle(cls) -> AgreementWatch:
        """One that never looks."""
        return cls(FusionConfig(), 0.0, 1.0)

    def offer(self, views: Sequence[CameraView]) -> None:
        """Look at these views if it is time and the last look has ended; returns at once."""
        now_s = time.monotonic()
        is_busy = self._thread is not None and self._thread.is_alive()
        if not self._period_s or len(views) < 2 or is_busy or now_s < self._next_s:
            return
        self._next_s = now_s + self._period_s
        self._thread = threading.Thread(
            target=self._look, args=(tuple(views),), name="agreement", daemon=True
        )
        self._thread.start()

    def doubt(self) -> ClapError | None:
        """Why the cameras' poses are doubted, if they are."""
        for pair in self._found:
            if self._times.get((pair.first, pair.second), 0) >= TIMES:
                return ClapError(
                    ErrorCode.TRANSFORM_UNAVAILABLE,
                    f"the clouds of the cameras '{pair.first}' and '{pair.second}' are "
                    f"{pair.apart_mm:.0f} mm apart where both see the same",
                    "One of them was moved: find which with ./clap calibrate check, and calibrate "
                    "it again (./clap calibrate camera)",
                )
        return None

    def figures(self) -> dict[str, object]:
        """How far each pair of clouds is apart, for the diagnostics."""
        return {
            f"{pair.first}-{pair.second}.apart_mm": pair.apart_mm
            for pair in self._found
            if not isnan(pair.apart_mm)
        }

    def close(self) -> None:
        """Wait for the look that is going on, and forget what was found."""
        if self._thread is not None:
            self._thread.join(END_TIMEOUT_S)
        self._found, self._times = (), {}

    def _look(self, views: tuple[CameraView, ...]) -> None:
        found = tuple(agreements([surface(view, self._config) for view in views]))
        for pair in found:
            key = (pair.first, pair.second)
            if isnan(pair.apart_mm):
                continue  # nothing was learnt
            is_apart = pair.apart_mm > self._max_apart_mm
            self._times[key] = self._times.get(key, 0) + 1 if is_apart else 0
        self._found = found
