"""To put something down with feeling: the last way down ends where it touches.

How high a thing will stand was judged from one look, and a floor inside a cup is hardly seen. A
motion that ends at a contact puts it down too high or too low without harm. It also ends where the
thing only brushes what it is put into, so what was shown is done as it was shown first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask

_STEEP = 0.95
"""Least cosine between a way and the vertical from which it goes down."""


def puts_down(subtask: SubTask) -> bool:
    """Whether a sub-task brings what is held onto or into something."""
    return subtask.action is Action.MOVE and subtask.relation in (Relation.ON, Relation.IN)


def until_it_touches(
    actions: tuple[KeyAction, ...], base_T_tcp: NDArray[np.float64]
) -> tuple[KeyAction, ...]:
    """Key poses of which the last one, if it goes straight down with closed fingers, ends at a
    contact.

    Args:
        actions: key poses; at least one.
        base_T_tcp: [4, 4] the hand before them.
    """
    last = actions[-1]
    before = actions[-2].base_T_tcp if len(actions) > 1 else base_T_tcp
    way = last.base_T_tcp[:3, 3] - before[:3, 3]
    goes_down = -way[2] > _STEEP * float(np.linalg.norm(way))
    if last.motion is not Motion.LINEAR or last.gripper is not GripperCommand.KEEP or not goes_down:
        return actions
    return (*actions[:-1], replace(last, motion=Motion.GUARDED))
