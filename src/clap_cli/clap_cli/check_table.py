"""A demonstration that was checked, as a row of a table."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from clap_core.task_types import GripperCommand
from clap_data.checks.shown import Shown

_HAND = {GripperCommand.GRASP: "closes", GripperCommand.OPEN: "opens"}


def table() -> Table:
    """Without rows."""
    found = Table(
        "demonstration", "", "key poses", "at s", "hand", "joints Hz", "images Hz", box=None
    )
    found.columns[0].overflow = "fold"
    return found


def row_of(shown: Shown) -> tuple[str, ...]:
    """Of a demonstration."""
    state = "unusable" if not shown.is_usable else "doubtful" if shown.findings else "good"
    if shown.success is False:
        state = f"failed, {state}"
    if shown.success is None:
        state = f"not judged, {state}"
    hand = [_HAND[one.gripper] for one in shown.actions if one.gripper in _HAND]
    joints = [rate for topic, rate in shown.rates_hz.items() if topic.endswith("joint_states")]
    images = [rate for topic, rate in shown.rates_hz.items() if not topic.endswith("joint_states")]
    return (
        escape(str(shown.file)),
        state,
        str(len(shown.actions)),
        " ".join(f"{at_s:.1f}" for at_s in shown.at_s),
        " ".join(hand),
        _span(joints),
        _span(images),
    )


def _span(rates_hz: list[float]) -> str:
    if not rates_hz:
        return ""
    low, high = f"{min(rates_hz):.0f}", f"{max(rates_hz):.0f}"
    return low if low == high else f"{low} to {high}"
