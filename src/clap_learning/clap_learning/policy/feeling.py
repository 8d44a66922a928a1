"""To put something down, or to press, with feeling: the last way down ends where it touches.

How high a thing will stand was judged from one look, to some millimetres, and a floor inside a cup
is hardly seen. A lid that hangs over its thread does not catch, a button that is not met is not
pressed, and what is pushed down too far ends in a reflex; with a motion that ends at a contact none
of this happens.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, SubTask
from clap_learning.policy.going_in import goes_in

FEELS_FOR_M = 0.005
"""How far below where it should touch the hand goes on: as far as heights are misjudged."""

_STEEP = 0.95
"""Least cosine between a way and the vertical from which it goes down."""


def ends_in_touch(subtask: SubTask) -> bool:
    """Whether a sub-task brings what is held onto or into something, or presses."""
    return goes_in(subtask) or subtask.action is Action.PRESS


def until_it_touches(
    actions: tuple[KeyAction, ...], base_T_tcp: NDArray[np.float64]
) -> tuple[KeyAction, ...]:
    """Key poses of which the last one, if it goes straight down with closed fingers, ends at a
    contact, and a little lower if there is none.

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
    lower = last.base_T_tcp.copy()
    lower[2, 3] -= FEELS_FOR_M
    return (*actions[:-1], replace(last, base_T_tcp=lower, motion=Motion.GUARDED))
