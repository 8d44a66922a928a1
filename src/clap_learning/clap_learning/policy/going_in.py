"""To put something into what is open at the side, as a shelf: no further than the hand fits.

Where on a shelf a thing is put is a matter of taste; that the hand meets the edge of the next shelf
is not: it ends in a reflex.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_learning.policy.clearance import STRUCK_POINTS, struck_behind_fingers

_LEVEL = 0.7
"""Greatest cosine between the last way and the vertical of a way in from the side."""

_STEP_M, _MOST_M = 0.01, 0.06
"""How much less far is tried, up to where what is held would still stand on a shelf's edge."""


def goes_in(subtask: SubTask) -> bool:
    """Whether a sub-task brings what is held into or onto something."""
    return subtask.action is Action.MOVE and subtask.relation in (Relation.ON, Relation.IN)


def as_far_as_it_fits(
    actions: tuple[KeyAction, ...],
    base_T_tcp: NDArray[np.float64],
    around_m: NDArray[np.float64],
) -> tuple[KeyAction, ...]:
    """Key poses whose last way, if it comes from the side, ends where hand and wrist are free.

    Args:
        actions: key poses; at least one.
        base_T_tcp: [4, 4] the hand before them.
        around_m: [N, 3] what stands around, base frame, without table and hand.

    Returns:
        The same key poses where it fits, or where no place nearer is free either.
    """
    last = actions[-1]
    before = actions[-2].base_T_tcp if len(actions) > 1 else base_T_tcp
    way_m = last.base_T_tcp[:3, 3] - before[:3, 3]
    long_m = float(np.linalg.norm(way_m))
    if long_m == 0.0 or abs(way_m[2]) > _LEVEL * long_m:
        return actions
    for less_m in np.arange(0.0, min(_MOST_M, long_m) + 1e-6, _STEP_M):
        pose = last.base_T_tcp.copy()
        pose[:3, 3] -= less_m * way_m / long_m
        if struck_behind_fingers(pose, around_m) < STRUCK_POINTS:
            return (*actions[:-1], replace(last, base_T_tcp=pose)) if less_m else actions
    return actions
