"""Things are closed with the fingers: one that the arm ran into was knocked shut, not closed.

Without this rule an arm that sweeps about at random closes lids and doors in its way.
"""

from __future__ import annotations

from clap_bench.suite.truth import Truth

_STRUCK = "struck"


def note_strikes(truth: Truth, body: str) -> None:
    """Remember that the robot touched a body with more than its fingers; for `Task.watch`."""
    if _STRUCK not in truth.events and truth.struck(body):
        truth.note(_STRUCK)


def was_struck(truth: Truth) -> bool:
    """Whether that has happened in this episode."""
    return _STRUCK in truth.events
