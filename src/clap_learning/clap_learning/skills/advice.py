"""What a further demonstration should show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clap_learning.skills.trial import StepReport, Taught

_ENOUGH = 10
"""Demonstrations that the methods were made for."""
_FAR_OFF_M = 0.15
"""A place without a demonstration this near is one that nobody showed."""
_GRID_M = 0.05
_X_M, _Y_M = (0.35, 0.70), (-0.35, 0.35)
"""Where things usually stand on the table, base frame."""
_OFF_MM, _OFF_DEG = 15.0, 15.0
"""From here on a step is said to be unsure."""


def reason_to_doubt(report: StepReport) -> str:
    """Why a step may fail; empty if nothing suggests it."""
    said = []
    if report.not_found:
        said.append(
            f"its place was not found in {len(report.not_found)} of {report.tried} demonstrations "
            f"({', '.join(report.not_found)})"
        )
    if report.hand_mm is not None and report.hand_mm > _OFF_MM:
        said.append(f"the hand would be {report.hand_mm:.0f} mm from where it was shown")
    if report.hand_deg is not None and report.hand_deg > _OFF_DEG:
        said.append(f"the hand would be turned by {report.hand_deg:.0f} degrees")
    return "; ".join(said)


def next_demonstration(taught: Sequence[Taught], steps: Sequence[StepReport]) -> str:
    """Which further demonstration would help most; empty where none is missed."""
    missed = [name for step in steps for name in step.not_found]
    if missed:
        worst = max(missed, key=missed.count)
        return f"one more like {worst}, which resembles the others least"
    places = _first_places(taught)
    if len(places):
        place, gap_m = _widest_gap(places)
        if gap_m > _FAR_OFF_M:
            return (
                f"one with it near x = {place[0]:.2f} m, y = {place[1]:.2f} m (base frame), where "
                f"none was shown within {100 * gap_m:.0f} cm, if it may stand there"
            )
    return "one with it turned another way" if len(taught) < _ENOUGH else ""


def _first_places(taught: Sequence[Taught]) -> NDArray[np.float64]:
    """[N, 2] where each demonstration first touches something."""
    places = []
    for one in taught:
        seen = (step.state.keypoint_m[:2] for step in one.steps if not step.at_hand)
        places += [place for place in [next(seen, None)] if place is not None]
    return np.array(places).reshape(-1, 2)


def _widest_gap(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The place of the table that is farthest from all others, and how far, m."""
    grid = np.stack(np.meshgrid(np.arange(*_X_M, _GRID_M), np.arange(*_Y_M, _GRID_M)), axis=-1)
    free = grid.reshape(-1, 2)
    gaps = np.linalg.norm(free[:, None] - places, axis=2).min(axis=1)
    return free[gaps.argmax()], float(gaps.max())
