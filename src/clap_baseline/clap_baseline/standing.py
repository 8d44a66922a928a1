"""Whether a thing stands already where an instruction wants it: what is beside what."""

from __future__ import annotations

import numpy as np

from clap_baseline.directions import unit
from clap_baseline.matching import match
from clap_baseline.segments.segmentation import Segment, SegmentedScene
from clap_core.directions import AXES
from clap_core.errors import ClapError
from clap_core.task_types import Action, Relation, SubTask

NEXT_TO_M = 0.06
"""Widest gap between things that stand next to each other."""

_ASIDE_M = 0.15
"""The same on a named side, where words leave more room."""
_CONE_RAD = 0.5
"""How far from its axis "left of" and the like reach, for a thing that was not put there."""


def stands_there(subtask: SubTask, scene: SegmentedScene) -> bool:
    """Whether what a move names is where it is to go.

    Only what stands beside something can be told from a look: a thing on or in another one is
    seen as one with it.

    Args:
        subtask: any; only moves beside a reference are ever true.
        scene: what is seen.
    """
    beside = subtask.relation is Relation.NEXT_TO or subtask.relation in AXES
    if subtask.action is not Action.MOVE or not beside:
        return False
    try:
        thing, reference = match(subtask.object, scene), match(subtask.reference, scene)
    except ClapError:
        return False
    if thing is reference:
        return False
    axis = AXES.get(subtask.relation)
    way = unit(thing.shape.center - reference.shape.center)
    if axis is None:
        return _gap_m(thing, reference) <= NEXT_TO_M
    is_on_that_side = float(way @ axis) >= np.cos(_CONE_RAD)
    return is_on_that_side and _gap_m(thing, reference) <= _ASIDE_M


def _gap_m(thing: Segment, reference: Segment) -> float:
    """Between the two, along the line through their centres; below zero if they overlap."""
    way = thing.shape.center - reference.shape.center
    direction = unit(way)
    return float(np.hypot(*way)) - reference.extent(direction) - thing.extent(-direction)
