"""The nodes' health, as each tells it on /diagnostics, and the one line of what is wrong now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SILENT_AFTER_S = 5.0
"""Nodes report once a second, on a steady clock."""

FORGOTTEN_AFTER_S = 600.0

OK, WARN, ERROR = 0, 1, 2
LEVELS = {OK: "ok", WARN: "warning", ERROR: "error"}
_STALE = 3


@dataclass(frozen=True)
class NodeReport:
    """What a node said of itself, and when that was heard [s, steady]."""

    level: int
    message: str
    values: Mapping[str, str]
    heard_at: float


class StackHealth:
    """The last report of each node; safe for any thread.

    Args:
        clock: steady seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._reports: dict[str, NodeReport] = {}

    def heard(self, node: str, level: int, message: str, values: Mapping[str, str]) -> None:
        """A node reports; `level` is DiagnosticStatus's."""
        with self._lock:
            self._reports[node] = NodeReport(level, message, dict(values), self._clock())

    def value(self, node: str, key: str) -> str:
        """A figure of a node's last report; empty if it told none."""
        with self._lock:
            found = [
                report.values.get(key, "")
                for name, report in self._reports.items()
                if name.rpartition("/")[2] == node
            ]
            return found[0] if found else ""

    def nodes(self) -> list[str]:
        """Full names of those that were heard."""
        with self._lock:
            return sorted(self._reports)

    def snapshot(self, processes: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
        """A row for each node, the worst first.

        Args:
            processes: by node, what its process takes; without those of other computers.
        """
        now = self._clock()
        with self._lock:
            self._reports = {
                name: report
                for name, report in self._reports.items()
                if now - report.heard_at < FORGOTTEN_AFTER_S
            }
            rows = [_row(name, report, now) for name, report in self._reports.items()]
        order = {"error": 0, "silent": 0, "warning": 1, "ok": 2}
        rows.sort(key=lambda row: (order[row["level"]], row["node"]))
        return [{**row, **processes.get(row["node"], {})} for row in rows]


def _row(name: str, report: NodeReport, now: float) -> dict[str, Any]:
    silence_s = now - report.heard_at
    row: dict[str, Any] = {
        "node": name,
        "level": LEVELS.get(report.level, "error"),
        "message": report.message,
        "values": dict(report.values),
    }
    if silence_s > SILENT_AFTER_S or report.level == _STALE:
        row["level"] = "silent"
        row["message"] = (
            f"nothing was heard of it for {silence_s:.0f} s; look at the launch's output, which "
            f"says why it ended or hangs. Its last word: {report.message}"
        )
    return row


def wrong_now(
    rows: list[dict[str, Any]], has_executive: bool, task: Mapping[str, Any] | None
) -> dict[str, str]:
    """The one line: what is wrong now, with the cure; or that nothing is.

    Args:
        rows: those of `Health.snapshot`.
        has_executive: whether something serves tasks.
        task: the shown one, if any.
    """
    if task and task.get("warning"):
        return {"level": "error", "text": str(task["warning"])}
    bad = [row for row in rows if row["level"] in ("error", "silent")]
    if not has_executive:
        text = (
            "No stack is running: nothing takes sentences. Start one in another terminal with "
            "./clap launch sim, or ./clap launch robot; this page finds it by itself."
        )
        if rows and not all(row["level"] == "silent" for row in rows):
            text = (
                "The task executive is gone: nothing takes sentences. A launch starts it again by "
                "itself; else look at its output."
            )
        return {"level": "error", "text": text}
    if bad:
        return {"level": "error", "text": f"{bad[0]['node']}: {bad[0]['message']}{_more(bad)}"}
    if task and task.get("state") == "failed" and task.get("code") != "CANCELED":
        return {"level": "warning", "text": f"The last task failed: {task['message']}"}
    warnings = [row for row in rows if row["level"] == "warning"]
    if warnings:
        text = f"{warnings[0]['node']}: {warnings[0]['message']}{_more(warnings)}"
        return {"level": "warning", "text": text}
    return {"level": "ok", "text": f"Nothing is wrong: {len(rows)} nodes are well."}


def _more(rows: list[dict[str, Any]]) -> str:
    others = [row["node"] for row in rows[1:]]
    return f" (and {', '.join(others)})" if others else ""
